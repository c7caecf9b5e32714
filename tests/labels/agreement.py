"""How far two readings of the same mails agree: what a reader can be measured against at best.

Run: python -m tests.labels.agreement
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from consumer.evaluation.items import LabelCategory
from consumer.evaluation.metrics import f1, kappa, share_of, total, weighted_kappa
from consumer.evaluation.scoring import CaseScore, score
from consumer.evaluation.sets.enron import sealed_mails

FOLDER = Path(__file__).parent
_CATEGORIES = get_args(LabelCategory)


def readings() -> tuple[list[CaseScore], float]:
    """Return the second reading scored against the first, and Cohen's kappa of the categories."""
    first = {mail.id: mail for mail in sealed_mails(FOLDER / "enron.jsonl")}
    second = sealed_mails(FOLDER / "enron_second.jsonl")
    table = [[0] * len(_CATEGORIES) for _ in _CATEGORIES]
    for mail in second:
        table[_CATEGORIES.index(first[mail.id].category)][_CATEGORIES.index(mail.category)] += 1
    agreed = weighted_kappa(tuple(map(tuple, table)), lambda label, other: float(label != other))
    assert agreed is not None
    return [score(mail.id, first[mail.id], mail) for mail in second], agreed


def lines() -> Iterator[str]:
    """Yield the table, in Markdown."""
    scores, categories = readings()
    yield f"| {len(scores)} mails read twice | first | second | F1 |"
    yield "|---|---|---|---|"
    for name in ("amounts", "dates", "references", "actions"):
        counts = total(name, scores)
        found = (counts.right + counts.missed, counts.right + counts.wrong)
        yield f"| {name} | {found[0]} | {found[1]} | {f1(counts) or 0:.2f} |"
    yield ""
    for name in ("kind of date", "owner of action", "due day of action"):
        right, of = share_of(name, scores)
        yield f"- {name}: the same in {right} of {of} items that both found"
    right, of = share_of("category", scores)
    yield f"- category: the same in {right} of {of}, kappa {categories:.2f}"
    same = sum(each.is_priority_right for each in scores)
    yield f"- priority: the same in {same} of {len(scores)}, kappa with quadratic weights {kappa(scores) or 0:.2f}"


if __name__ == "__main__":
    print(*lines(), sep="\n")
