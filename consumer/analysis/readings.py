"""What code alone finds in a chain: amounts, dates and references, each with its evidence.

What an email says itself is read, and what it quotes of mail that is not at hand, with that mail's day as the day
of writing; what it quotes from an earlier email was read there. Sentences that
talk to whoever sorts the mail ("set the business value to …") say nothing about the matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from consumer.analysis.action_readings import actions_of
from consumer.analysis.day_readings import days_of
from consumer.analysis.places import Passages, each
from consumer.analysis.readers import amounts, references
from schemas.analysis import ActionItem, Amount, DateMention, Evidence, Reference, ReferenceKind
from schemas.chain import Chain, Email

#: A chain with more of a kind is a list or a log file, and nobody reads them all.
_MOST = 100
_WHAT_FOR_CHARS = 120


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The claims that need no model."""

    amounts: tuple[Amount, ...]
    dates: tuple[DateMention, ...]
    references: tuple[Reference, ...]
    actions: tuple[ActionItem, ...] = ()


def read_chain(chain: Chain, passages: Passages) -> Readings:
    """Return what the readers find in the *passages* of the texts, and in the subjects; each value once."""
    found_amounts = (amount_of(email, item, evidence) for email, item, evidence in each(chain, passages, amounts.read))
    found_references = (
        Reference(kind=ReferenceKind(item.kind), value=item.value, evidence=evidence)
        for _, item, evidence in each(chain, passages, references.read)
    )
    return Readings(
        amounts=latest(found_amounts),
        dates=days_of(chain, passages),
        actions=actions_of(chain, passages),
        references=once(found_references, lambda reference: (reference.kind, reference.value)),
    )


def amount_of(email: Email, item: amounts.FoundAmount, evidence: Evidence) -> Amount:
    """Return the amount *item* of *email*, with the line in which it stands as what it is for."""
    text = getattr(email, evidence.field)
    earliest = max(0, evidence.start - _WHAT_FOR_CHARS)
    before = text[earliest : evidence.start].rpartition("\n")[2]
    after = text[evidence.end : evidence.end + _WHAT_FOR_CHARS].partition("\n")[0]
    line = " ".join(f"{before}{evidence.quote}{after}".split())
    return Amount(
        value=item.value,
        currency=item.currency,
        kind=item.kind,
        unit=item.unit,
        what_for=line[:_WHAT_FOR_CHARS],
        evidence=evidence,
    )


def latest(found: Iterable[Amount]) -> tuple[Amount, ...]:
    """Return each value in a currency once, in the order of first mention: its last mention is its evidence.

    What is a price per unit anywhere stays one where the unit is not said again.
    """
    amounts_of: dict[tuple[Decimal, str | None], Amount] = {}
    for amount in found:
        key = (amount.value, amount.currency)
        before = amounts_of.get(key)
        is_price = before is not None and before.kind == "price"
        known = {"kind": "price", "unit": amount.unit or before.unit} if before and is_price else {}
        amounts_of[key] = amount.model_copy(update=known) if known else amount
    return tuple(amounts_of.values())[:_MOST]


_T = TypeVar("_T")


def once(items: Iterator[_T], key: Callable[[_T], object]) -> tuple[_T, ...]:
    """Return the first item of each *key*, at most as many as anybody reads."""
    first: dict[object, _T] = {}
    for item in items:
        first.setdefault(key(item), item)
    return tuple(first.values())[:_MOST]
