"""What a person labelled in a mail, or a reader found in it: items by where they stand, without a word of the mail.

The definitions are those of the labelling rules (`tests/labels/README.md`). Labels can stand in a repository that the
mail must not enter: a place is a span of the parsed text, a reference the beginning of a hash, a person a role.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from pydantic import Field

from schemas.analysis import Priority
from schemas.chain import Frozen

Where = Literal["own", "quoted"]
TextField = Literal["text", "subject"]
Half = Literal["tune", "held_out"]
DateKind = Literal["deadline", "meeting", "past", "period", "other"]
#: Whose task it is: of who wrote the words, of whom they are written to, of somebody whom they name.
Role = Literal["writer", "addressee", "named"]
#: The categories of the labels are coarser than those of the product (`consumer.evaluation.categories`).
LabelCategory = Literal[
    "news_bulk",
    "personal",
    "scheduling",
    "personnel",
    "legal_regulatory",
    "finance",
    "logistics",
    "decision",
    "business_request",
    "report",
    "other",
]

_SCHEME = re.compile(r"^[a-z]{2,8}://", re.IGNORECASE)
_KEY_CHARS = 16


class Item(Frozen):
    """Characters [start, end) of a mail's text or subject, and whether they are its own words or quoted."""

    field: TextField = "text"
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    where: Where


class AmountItem(Item):
    """Money; a currency of null fits any."""

    value: float
    currency: str | None
    kind: Literal["sum", "price"]


class DateItem(Item):
    """A day, week, month, quarter or year; `alt` is a second reading that counts as right."""

    resolved: str | None
    alt: str | None = None
    time: str | None = None
    kind: DateKind


class ReferenceItem(Item):
    """A number or an address by which something is found; `key` is the beginning of the hash of its value."""

    kind: str
    key: str


class ActionMark(Item):
    """Something to be done."""

    owner: Role | None
    due: str | None


class Marks(Frozen):
    """All that is marked in one mail."""

    amounts: tuple[AmountItem, ...] = ()
    dates: tuple[DateItem, ...] = ()
    references: tuple[ReferenceItem, ...] = ()
    actions: tuple[ActionMark, ...] = ()
    priority: Priority
    category: LabelCategory
    reply_expected: bool | None = None


class SealedMail(Marks):
    """The labels of one mail of a corpus that lies elsewhere; `sha256` is that of its parsed text.

    `draw` tells with which others it was drawn and labelled, `half` whether readers may be tuned on it.
    """

    id: str
    sha256: str
    draw: int = Field(ge=1)
    half: Half


def normalised(kind: str, value: str) -> str:
    """Return *value* as the labelling rules write it: two spellings of one reference become the same."""
    if kind == "phone":
        return re.sub(r"\D", "", value)
    if kind == "url":
        return _SCHEME.sub("", value.strip()).rstrip("/").lower()
    if kind == "email":
        return value.strip().lower()
    return re.sub(r"\bNO\b\.?(?=\s*\d)|[\s.]", "", value.strip().upper())


def key_of(kind: str, value: str) -> str:
    """Return what stands for a reference in sealed labels."""
    return digest(normalised(kind, value))[:_KEY_CHARS]


def digest(text: str) -> str:
    """Return the hex SHA-256 of *text*."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
