"""One list of action items out of two: what the model read and what code read, each item once."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.analysis import ActionItem, Evidence


def merged(model_items: Sequence[ActionItem], code_items: Sequence[ActionItem]) -> tuple[ActionItem, ...]:
    """Return the items of both readers, the model's first; what both read is one item, with what either knows of it.

    They read the same where one's quote holds at least half of the other's.
    """
    left = list(code_items)
    both: list[ActionItem] = []
    for item in model_items:
        same = [other for other in left if _overlap(item.evidence, other.evidence)]
        left = [other for other in left if other not in same]
        both.append(_joined(item, same[0]) if same else item)
    return (*both, *left)


def _joined(item: ActionItem, other: ActionItem) -> ActionItem:
    """Return *item* with what *other* knows beside it; a day comes with the quote that names it."""
    known = {"owner": item.owner or other.owner, "kind": other.kind, "read_by": "both"}
    day = {"due": other.due, "evidence": other.evidence} if other.due and not item.due else {}
    return item.model_copy(update={**known, **day})


def _overlap(one: Evidence, other: Evidence) -> bool:
    if (one.email_id, one.field) != (other.email_id, other.field):
        return False
    common = min(one.end, other.end) - max(one.start, other.start)
    return 2 * common >= min(one.end - one.start, other.end - other.start)
