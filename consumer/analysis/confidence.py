"""How far a record can be trusted: computed from what was checked, never asked of the model.

The raw score is not calibrated: 0.8 means "better than 0.6", not "right in 80 of 100", until points that were fitted
on labelled chains are applied to it (`calibration`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor

from schemas.analysis import Confidence, Priority

#: What each part weighs; a part that is not known is left out, and the others weigh more.
WEIGHTS = {"grounded": 0.35, "agreement": 0.2, "readers": 0.1, "label": 0.1, "completeness": 0.1, "intact": 0.15}
#: The same of a record by code alone.
RULE_WEIGHTS = {"priority": 0.6, "category": 0.1, "read": 0.2, "completeness": 0.1}
_RANK = {priority: rank for rank, priority in enumerate(Priority)}
#: With no claim that could be checked, nothing speaks for the model and nothing against it.
_UNKNOWN = 0.5
_REPAIRED, _LACKING = 0.4, 0.2


def confidence(  # noqa: PLR0913 - each is a fact of its own, and all are named
    *,
    kept: int,
    dropped: int,
    claimed: Priority,
    ruled: Priority,
    completeness: float,
    repaired: bool,
    shown: float,
    alike: int = 0,
    apart: int = 0,
    label_probability: float | None = None,
    lacking: Sequence[str] = (),
) -> Confidence:
    """Return the score in [0, 1] with its parts and with what keeps it from being higher.

    Args:
        kept: Claims of the model whose quote was found.
        dropped: Claims without.
        claimed: The priority that the model said.
        ruled: The priority that the rules say.
        completeness: How much of the conversation is at hand, 0 to 1.
        repaired: Whether the first answer was unusable.
        shown: The share of the chain's new text that the model saw, 0 to 1.
        alike: Amounts and due days that the model claims and code reads too.
        apart: Those that code does not read.
        label_probability: How sure the model was of its priority label, where the server says.
        lacking: Parts that the answer could not give.
    """
    intact = shown * (1 - _REPAIRED * repaired) * (1 - _LACKING * bool(lacking))
    sure = f"the model gave its priority a probability of {_percent(label_probability or 0)}%"
    known = {
        "grounded": (_share(kept, dropped, _UNKNOWN), _on_claims(kept, dropped)),
        "agreement": (_agreement(claimed, ruled), f"the model says {claimed}, the rules say {ruled}"),
        "readers": (_share(alike, apart, None), _on_readers(alike, apart)),
        "label": (label_probability, sure),
        "completeness": (completeness, f"{100 - _percent(completeness)}% of the conversation is missing"),
        "intact": (intact, _on_answer(repaired=repaired, shown=shown, lacking=lacking)),
    }
    return _scored(known, WEIGHTS)


def _share(right: int, wrong: int, unknown: float | None) -> float | None:
    return right / (right + wrong) if right + wrong else unknown


def _agreement(claimed: Priority, ruled: Priority) -> float:
    return 1 - abs(_RANK[claimed] - _RANK[ruled]) / (len(_RANK) - 1)


def confidence_of_rules(*, priority: float, category: float, completeness: float) -> Confidence:
    """Return what a record by code alone is worth: nobody read the mail, whatever the rules found in it.

    Args:
        priority: How far the rules' priority is from the next one, 0 to 1.
        category: How far the category stands out, 0 to 1.
        completeness: How much of the conversation is at hand, 0 to 1.
    """
    known = {
        "priority": (priority, f"the rules are {priority:.0%} sure of the priority"),
        "category": (category, f"the rules are {category:.0%} sure of the category"),
        "read": (_UNKNOWN, "by rules alone: no model read the mail"),
        "completeness": (completeness, f"{100 - _percent(completeness)}% of the conversation is missing"),
    }
    return _scored(known, RULE_WEIGHTS)


def _on_claims(kept: int, dropped: int) -> str:
    if not dropped:
        return "the model claimed nothing that could be checked"
    return f"{dropped} of {kept + dropped} claims of the model have no evidence in the mail"


def _on_readers(alike: int, apart: int) -> str:
    return f"code does not read {apart} of {alike + apart} amounts and due days as the model does"


def _on_answer(*, repaired: bool, shown: float, lacking: Sequence[str]) -> str:
    faults = []
    if shown < 1:
        faults.append(f"the model saw {_percent(shown)}% of the text")
    if repaired:
        faults.append("its first answer could not be used")
    if lacking:
        faults.append(f"its answer lacks {len(lacking)} {'part' if len(lacking) == 1 else 'parts'}")
    return ", ".join(faults)


def _percent(share: float) -> int:
    """Return whole percent, rounded down: what is not whole is never said to be 100%."""
    return floor(round(share * 100, 6))


def _scored(known: Mapping[str, tuple[float | None, str]], weights: Mapping[str, float]) -> Confidence:
    """Return the score of the parts that are *known*, each with what to say where it is less than whole."""
    parts = {name: part for name, (part, _) in known.items() if part is not None}
    weight = sum(weights[name] for name in parts)
    lost = {name: weights[name] * (1 - part) / weight for name, part in parts.items()}
    worst = sorted((name for name in lost if lost[name] > 0), key=lambda name: -lost[name])
    return Confidence(
        score=round(min(1.0, max(0.0, 1 - sum(lost.values()))), 3),
        parts={name: round(part, 3) for name, part in parts.items()},
        reasons=tuple(known[name][1] for name in worst),
    )
