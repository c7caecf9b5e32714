"""How far a record can be trusted."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.confidence import confidence
from schemas.analysis import Priority

LEVELS = list(Priority)
SHARES = st.floats(min_value=0, max_value=1)
PARTS = st.fixed_dictionaries(
    {
        "kept": st.integers(0, 50),
        "dropped": st.integers(0, 50),
        "claimed": st.sampled_from(LEVELS),
        "ruled": st.sampled_from(LEVELS),
        "completeness": SHARES,
        "repaired": st.booleans(),
        "shown": SHARES,
    }
)


def score(parts: dict[str, Any]) -> float:
    """Return the score of *parts*."""
    return confidence(**parts).score


def test_confidence_is_whole_where_everything_speaks_for_the_record() -> None:
    """The best record would not be told from a good one."""
    best = confidence(
        kept=5, dropped=0, claimed=Priority.HIGH, ruled=Priority.HIGH, completeness=1, repaired=False, shown=1
    )
    assert best.score == 1
    assert set(best.parts.values()) == {1}


def test_confidence_is_nothing_where_everything_speaks_against_it() -> None:
    """A record without any support would still look half right."""
    worst = confidence(
        kept=0, dropped=5, claimed=Priority.CRITICAL, ruled=Priority.LOW, completeness=0, repaired=False, shown=0
    )
    assert worst.score == 0


def test_confidence_takes_no_claim_for_neither_good_nor_bad() -> None:
    """A model that claims nothing would be trusted as one whose claims were all found."""
    parts = {"claimed": Priority.LOW, "ruled": Priority.LOW, "completeness": 1, "repaired": False, "shown": 1}
    assert score(parts | {"kept": 0, "dropped": 3}) < score(parts | {"kept": 0, "dropped": 0})
    assert score(parts | {"kept": 0, "dropped": 0}) < score(parts | {"kept": 3, "dropped": 0})


@settings(max_examples=150, deadline=None)
@given(PARTS)
def test_confidence_stays_in_bounds(parts: dict[str, Any]) -> None:
    """A score outside 0 to 1 would be refused by the record."""
    found = confidence(**parts)
    assert 0 <= found.score <= 1
    assert all(0 <= part <= 1 for part in found.parts.values())
    assert found.calibrated is False


@settings(max_examples=150, deadline=None)
@given(PARTS, SHARES, st.integers(0, 50))
def test_confidence_grows_with_each_of_its_parts(parts: dict[str, Any], share: float, count: int) -> None:
    """A record with less support could look the better one."""
    checked = parts["kept"] + parts["dropped"] > 0
    assert not checked or score(parts | {"kept": parts["kept"] + count}) >= score(parts)
    assert not checked or score(parts | {"dropped": parts["dropped"] + count}) <= score(parts)
    for name in ("completeness", "shown"):
        low, high = sorted((parts[name], share))
        assert score(parts | {name: low}) <= score(parts | {name: high})
    assert score(parts | {"repaired": True}) <= score(parts | {"repaired": False})
    assert score(parts) <= score(parts | {"claimed": parts["ruled"]})
