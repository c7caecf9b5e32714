"""How far a record can be trusted: computed from what was checked, never asked of the model.

Not calibrated: 0.8 means "better than 0.6", not "right in 80 of 100".
"""

from __future__ import annotations

from schemas.analysis import Confidence, Priority

_WEIGHTS = {"grounded": 0.4, "agreement": 0.3, "completeness": 0.15, "intact": 0.15}
_RANK = {priority: rank for rank, priority in enumerate(Priority)}
#: With no claim that could be checked, nothing speaks for the model and nothing against it.
_UNKNOWN = 0.5
_REPAIRED = 0.4


def confidence(
    *, kept: int, dropped: int, claimed: Priority, ruled: Priority, completeness: float, repaired: bool, shown: float
) -> Confidence:
    """Return the score in [0, 1] with its parts.

    Args:
        kept: Claims of the model whose quote was found.
        dropped: Claims without.
        claimed: The priority that the model said.
        ruled: The priority that the rules say.
        completeness: How much of the conversation is at hand, 0 to 1.
        repaired: Whether the first answer was unusable.
        shown: The share of the chain's new text that the model saw, 0 to 1.
    """
    parts = {
        "grounded": kept / (kept + dropped) if kept + dropped else _UNKNOWN,
        "agreement": 1 - abs(_RANK[claimed] - _RANK[ruled]) / (len(_RANK) - 1),
        "completeness": completeness,
        "intact": shown * ((1 - _REPAIRED) if repaired else 1),
    }
    score = sum(_WEIGHTS[name] * part for name, part in parts.items())
    return Confidence(score=round(score, 3), parts={name: round(part, 3) for name, part in parts.items()})
