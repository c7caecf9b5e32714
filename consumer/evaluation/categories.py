"""The categories of the product, as the labels count them: coarser ones."""

from __future__ import annotations

from collections.abc import Mapping

from consumer.evaluation.items import LabelCategory
from schemas.analysis import Category, ReferenceKind

LABEL_OF: Mapping[Category, LabelCategory] = {
    Category.REQUEST: "business_request",
    Category.ORDER: "business_request",
    Category.QUOTE: "business_request",
    Category.COMPLAINT: "business_request",
    Category.INCIDENT: "business_request",
    Category.INVOICE: "finance",
    Category.FINANCE: "finance",
    Category.CONTRACT: "legal_regulatory",
    Category.LEGAL: "legal_regulatory",
    Category.DECISION: "decision",
    Category.REPORT: "report",
    Category.SCHEDULING: "scheduling",
    Category.PERSONNEL: "personnel",
    Category.LOGISTICS: "logistics",
    Category.PERSONAL: "personal",
    Category.BULK: "news_bulk",
    Category.OTHER: "other",
}
#: Kinds of references that the labels do not know apart.
_OTHER_KINDS = frozenset({ReferenceKind.QUOTE, ReferenceKind.PART, ReferenceKind.PRODUCT})


def reference_kind(kind: ReferenceKind | str) -> str:
    """Return the kind of a reference as the labels name it."""
    return "other" if kind in _OTHER_KINDS else str(kind)
