"""What is found in one mail, taken as a chain of its own: to be scored, and as a line that anybody can score.

Amounts, dates and references come from the readers over the whole mail; priority, category and actions from the
analysis, made with a model or by rules; so do amounts that only the model saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from consumer.analysis.analyser import ChainAnalyser
from consumer.evaluation.categories import LABEL_OF, reference_kind
from consumer.evaluation.findings import amounts_in, dates_in, references_in
from consumer.evaluation.items import ActionMark, AmountItem, DateItem, Marks, ReferenceItem, key_of, normalised
from consumer.evaluation.owners import role_of
from consumer.evaluation.regions import Region, regions_of
from schemas.analysis import Analysis, Evidence
from schemas.chain import Chain, Email

#: The labels quote at most so much.
_QUOTE_CHARS = 80
#: An item to be scored, and the same as a part of a line.
_Pair = tuple[Any, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What was found in a mail: to be scored (`marks`), and in words (`line`)."""

    mail_id: str
    marks: Marks
    line: dict[str, Any]
    analysis: Analysis


def predict(mail_id: str, chain: Chain, analyser: ChainAnalyser) -> Prediction:
    """Return what *analyser* and the readers find in the one email of *chain*; raises what the analyser raises."""
    (email,) = chain.emails
    return prediction(mail_id, email, analyser.analyse(chain))


def prediction(mail_id: str, email: Email, analysis: Analysis) -> Prediction:
    """Return what is found in *email*, whose *analysis* is at hand."""
    regions = regions_of(email)
    found = {
        "amounts": list(_amounts(email, regions, analysis)),
        "dates": list(_dates(email, regions)),
        "references": list(_references(email, regions)),
        "actions": list(_actions(email, regions, analysis)),
    }
    return Prediction(
        mail_id=mail_id,
        marks=Marks(
            **{name: tuple(item for item, _ in pairs) for name, pairs in found.items()},
            priority=analysis.priority,
            category=LABEL_OF[analysis.category],
        ),
        line={
            "id": mail_id,
            **{name: [words for _, words in pairs] for name, pairs in found.items()},
            "priority": analysis.priority.value,
            "category": analysis.category.value,
            "made_by": analysis.made_by,
        },
        analysis=analysis,
    )


def _amounts(email: Email, regions: tuple[Region, ...], analysis: Analysis) -> Iterator[_Pair]:
    known: set[tuple[str, Decimal, str | None]] = set()
    for found in amounts_in(email, regions):
        item = found.item
        known.add((found.region.where, item.value, item.currency))
        yield _amount(found.words, _span(found.region, found.start, found.end), item)
    for amount in analysis.amounts:
        region = _region(amount.evidence, regions)
        if region and (region.where, amount.value, amount.currency) not in known:
            known.add((region.where, amount.value, amount.currency))
            span = _span(region, amount.evidence.start, amount.evidence.end)
            yield _amount(amount.evidence.quote, span, amount)


def _amount(words: str, span: dict[str, Any], amount: Any) -> _Pair:
    """Return a pair for *amount*: of a reader, or of an analysis."""
    value = int(amount.value) if amount.value == int(amount.value) else float(amount.value)
    said = {"value": value, "currency": amount.currency, "kind": amount.kind}
    return AmountItem(**span, **said), {"quote": _short(words), **said, "where": span["where"]}


def _dates(email: Email, regions: tuple[Region, ...]) -> Iterator[_Pair]:
    for found in dates_in(email, regions):
        span = _span(found.region, found.start, found.end)
        said = {"resolved": found.item.resolved, "time": found.item.time, "kind": found.item.kind}
        yield DateItem(**span, **said), {"quote": _short(found.words), **said, "where": span["where"]}


def _references(email: Email, regions: tuple[Region, ...]) -> Iterator[_Pair]:
    for found in references_in(email, regions):
        span = _span(found.region, found.start, found.end)
        kind = reference_kind(found.item.kind)
        value = normalised(found.item.kind, found.item.value)
        words = {"quote": _short(found.words), "kind": kind, "value": value, "where": span["where"]}
        yield ReferenceItem(**span, kind=kind, key=key_of(found.item.kind, found.item.value)), words


def _actions(email: Email, regions: tuple[Region, ...], analysis: Analysis) -> Iterator[_Pair]:
    for action in analysis.action_items:
        region = _region(action.evidence, regions)
        if region is None:
            continue
        span = _span(region, action.evidence.start, action.evidence.end)
        mark = ActionMark(**span, owner=role_of(action.owner, email, region), due=action.due)
        said = {"what": action.what, "owner": action.owner, "due": action.due, "where": region.where}
        yield mark, {"quote": _short(action.evidence.quote), **said}


def _region(evidence: Evidence, regions: tuple[Region, ...]) -> Region | None:
    """Return the region in which a claim's evidence begins; None in the header lines of a quote."""
    return next((one for one in regions if one.holds(evidence.field, evidence.start, evidence.start + 1)), None)


def _span(region: Region, start: int, end: int) -> dict[str, Any]:
    return {"field": region.field, "start": start, "end": end, "where": region.where}


def _short(quote: str) -> str:
    """Return *quote*, or as many of its first words as a quote may have."""
    if len(quote) <= _QUOTE_CHARS:
        return quote
    cut = quote[: _QUOTE_CHARS + 1]
    words = cut[: max(cut.rfind(" "), cut.rfind("\n"))] if " " in cut or "\n" in cut else cut[:_QUOTE_CHARS]
    return words.rstrip() or cut[:_QUOTE_CHARS]
