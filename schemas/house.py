"""The rules of the house (`priority.toml`), and what they make of an analysis.

An analysis is stored as its analyser made it; what the rules change stands beside it (`Housed`), so that other rules
need no model.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.analysis import Analysis, Money, Priority, Reference, ReferenceKind
from schemas.chain import Frozen
from schemas.house_pattern import checked_pattern


def _address(value: str) -> str:
    cleaned = value.strip().lower()
    if not re.fullmatch(r"[^\s@]*@[^\s@]+", cleaned):
        raise ValueError(f"{value!r} is neither an address (ann@acme.example) nor a domain (@acme.example)")
    return cleaned


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError(f"{value!r} is no ISO 4217 code: write EUR, USD, …")
    return value


def _words(value: str) -> str:
    cleaned = " ".join(value.split())
    if not cleaned:
        raise ValueError("a keyword is empty")
    return cleaned


#: An address, or with @ first, a domain and all below it; in small letters.
Who = Annotated[str, AfterValidator(_address)]
_Words = Annotated[str, AfterValidator(_words)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Senders(_Part):
    """Whose mail is raised to at least `raise_to`; newsletters and automatic mail of theirs are not."""

    senders: tuple[Who, ...] = ()
    raise_to: Priority = Priority.HIGH


class Keywords(_Part):
    """Words (any case) that raise a chain to at least, or lower it to at most, a level."""

    words: tuple[_Words, ...] = Field(min_length=1)
    raise_to: Priority | None = None
    lower_to: Priority | None = None
    even_critical: bool = Field(
        default=False, description="Lower also what is critical by words of the mail itself; otherwise that stays."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.raise_to is None) == (self.lower_to is None):
            raise ValueError("give either raise_to or lower_to")
        return self


class Pattern(_Part):
    """How own numbers look: the first group of the regular expression is the value, else all of it."""

    kind: ReferenceKind
    regex: Annotated[str, AfterValidator(checked_pattern)]


class HouseRules(_Part):
    """What only the house knows. Without a file nothing of it applies."""

    own: tuple[Who, ...] = Field(default=(), description="Own people and domains.")
    own_currency: Annotated[str, AfterValidator(_currency)] | None = Field(
        default=None, description="Of amounts whose mail names none; what the mail says stands."
    )
    vip: Senders = Senders()
    customers: Senders = Senders(raise_to=Priority.NORMAL)
    keywords: tuple[Keywords, ...] = ()
    patterns: tuple[Pattern, ...] = ()

    @property
    def version(self) -> str:
        """The rules by their content (12 hex digits); empty where there are none."""
        if self == HouseRules():
            return ""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class Housed(Frozen):
    """What the rules of the house make of one analysis."""

    version: str = ""
    priority: Priority
    reasons: tuple[str, ...] = Field(default=(), description="What was changed and why, in words.")
    references: tuple[Reference, ...] = Field(default=(), description="Those that the house's patterns add.")
    own: tuple[str, ...] = Field(default=(), description="Addresses of own people in the chain.")
    currency: str | None = Field(default=None, description="Taken for amounts whose mail names none.")
    business_value: tuple[Money, ...] | None = Field(default=None, description="With that currency; null: as it was.")

    def applied_to(self, analysis: Analysis) -> Analysis:
        """Return *analysis* as the house sees it."""
        priority_reasons = "".join(f"; {reason}" for reason in self.reasons)
        return analysis.model_copy(
            update={
                "priority": self.priority,
                "priority_reason": analysis.priority_reason + priority_reasons,
                "references": analysis.references + self.references,
                "people": tuple(
                    who.model_copy(update={"is_own": True}) if who.address.lower() in self.own else who
                    for who in analysis.people
                ),
                "amounts": tuple(
                    each if each.currency else each.model_copy(update={"currency": self.currency})
                    for each in analysis.amounts
                ),
                "business_value": analysis.business_value if self.business_value is None else self.business_value,
            }
        )
