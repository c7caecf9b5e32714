"""When a row of dead letters stops the member."""

from __future__ import annotations

from consumer.letter_limit import LetterLimit
from storage.outcomes import Outcome, OutcomeKind


def noted(limit: LetterLimit, *kinds: str) -> list[bool]:
    """Return for each of the outcomes whether it was one too many."""
    return [limit.note(Outcome(kind=OutcomeKind(kind), reason="Why: so")) is not None for kind in kinds]


def test_limit_counts_a_row_and_nothing_else() -> None:
    """Twenty bad records in a year would stop the member, or twenty in a row would not."""
    limit = LetterLimit(3)
    assert noted(limit, "dead_lettered", "dead_lettered", "stored") == [False, False, False]
    assert noted(limit, "dead_lettered", "dead_lettered", "dead_lettered") == [False, False, True]


def test_limit_takes_no_skipped_record_for_a_success() -> None:
    """Old duplicates between the failures would let a broken model empty the topic."""
    kinds = ("dead_lettered", "duplicate", "superseded", "deleted", "dead_lettered")
    assert noted(LetterLimit(2), *kinds) == [False, False, False, False, True]


def test_limit_leaves_one_try_after_a_restart() -> None:
    """A member whose cause is mended could never start again, or one that is not would have the whole row anew."""
    limit = LetterLimit(3)
    limit.resume(40)
    assert noted(limit, "stored", "dead_lettered") == [False, False]
    limit.resume(40)
    assert noted(limit, "dead_lettered") == [True]
    limit.resume(1)
    assert noted(limit, "dead_lettered") == [False]


def test_limit_says_why() -> None:
    """Whoever finds the member stopped would not know what to mend."""
    error = LetterLimit(1).note(Outcome(kind=OutcomeKind.DEAD_LETTERED, reason="PermanentError: no JSON"))
    assert "PermanentError: no JSON" in str(error)
