"""The bundled mailbox of an invented company with its labels: whole chains, and for each what a person would set."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from consumer.evaluation.cases import Answer, Case, LabelledSet, SetError, most_frequent
from consumer.evaluation.categories import LABEL_OF
from consumer.evaluation.items import AmountItem, Marks
from consumer.evaluation.scoring import CaseScore, Share, matched, set_counts
from schemas.analysis import Analysis, Category, Priority
from schemas.chain import Chain

_Amount = tuple[float, str | None]


def load(labels: Sequence[dict[str, Any]], chains: Sequence[Chain], email_ids: dict[str, str]) -> LabelledSet:
    """Return a case for each of *labels*; *email_ids* are those of the files that they name.

    Raises:
        SetError: The files of a label are no chain.
    """
    of_emails = {frozenset(email.email_id for email in chain.emails): chain for chain in chains}
    cases = []
    for label in labels:
        chain = of_emails.get(frozenset(email_ids[name] for name in label["files"]))
        if chain is None:
            raise SetError(f"the files of {label['name']!r} are no chain of the mailbox")
        cases.append(Case(case_id=label["name"], chain=chain, answer=_answer, score=partial(_score, label)))
    return LabelledSet(
        name="demo",
        cases=cases,
        majority=Answer(
            marks=Marks(
                priority=most_frequent(Priority(label["priority"]) for label in labels),
                category=most_frequent(LABEL_OF[Category(label["category"])] for label in labels),
            )
        ),
    )


def _answer(analysis: Analysis) -> Answer:
    amounts = tuple(
        AmountItem(start=0, end=1, where="own", value=float(one.value), currency=one.currency, kind=one.kind)
        for one in analysis.amounts
    )
    return Answer(
        marks=Marks(amounts=amounts, priority=analysis.priority, category=LABEL_OF[analysis.category]),
        confidence=analysis.confidence.score,
        owners=tuple(dict.fromkeys(action.owner for action in analysis.action_items if action.owner)),
    )


def _score(label: dict[str, Any], answer: Answer) -> CaseScore:
    wanted: set[_Amount] = {(float(one["value"]), one["currency"]) for one in label["amounts"]}
    owners = matched(label["owners"], answer.owners, _same_person)
    right = len(owners)
    return CaseScore(
        case_id=label["name"],
        counts={
            "amounts": set_counts(wanted, {(one.value, one.currency) for one in answer.marks.amounts}),
            "owners": (right, len(answer.owners) - right, len(label["owners"]) - right),
        },
        shares={"category": Share(int(LABEL_OF[Category(label["category"])] == answer.marks.category), 1)},
        priority=(Priority(label["priority"]), answer.marks.priority),
        confidence=answer.confidence,
    )


def _same_person(label: str, found: str) -> bool:
    """Tell whether one name is a part of the other: "Omar" is Omar Haddad."""
    names = (set(label.lower().split()), set(found.lower().split()))
    return names[0] <= names[1] or names[1] <= names[0]
