"""The categories that annotators in Berkeley gave 1,702 mails, where they fit one of ours."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from consumer.evaluation.cases import Answer, Case, LabelledSet, Reader, SetError, most_frequent
from consumer.evaluation.items import LabelCategory, Marks
from consumer.evaluation.scoring import CaseScore, Share
from consumer.evaluation.sets.enron import answer_of
from schemas.analysis import Priority

#: What of theirs is what of ours: (top, sub) → any of these is right. All others fit none.
FITS: dict[tuple[int, int], frozenset[LabelCategory]] = {
    (1, 2): frozenset({"personal"}),
    (1, 4): frozenset({"scheduling", "logistics"}),
    (1, 5): frozenset({"personnel"}),
    (2, 4): frozenset({"news_bulk"}),
    (2, 10): frozenset({"news_bulk"}),
    (3, 1): frozenset({"legal_regulatory"}),
    (3, 10): frozenset({"legal_regulatory"}),
}


def load(mail: Path, read: Reader) -> LabelledSet:
    """Return a case a mail in *mail* whose most frequent annotations fit one of our categories.

    Raises:
        SetError: There are no such files.
    """
    cases, wanted = [], []
    for path in sorted(mail.glob("*/*.cats")):
        fits = accepted(path.read_text("utf-8"))
        source = path.with_suffix(".txt")
        chain = read(source.read_bytes()) if fits and source.is_file() else None
        if chain is not None:
            case_id = f"{path.parent.name}/{path.stem}"
            answer = partial(answer_of, chain.emails[0])
            cases.append(Case(case_id=case_id, chain=chain, answer=answer, score=partial(_score, case_id, fits)))
            wanted.append(min(fits))
    if not cases:
        raise SetError(f"{mail}: no such mail; --mail must be the folder that holds the folders 1 to 8")
    majority = Marks(priority=Priority.NORMAL, category=most_frequent(wanted))
    return LabelledSet(name="enron-categories", cases=cases, majority=Answer(marks=majority))


def accepted(annotations: str) -> frozenset[LabelCategory]:
    """Return which of our categories are right by the lines of a `.cats` file: those most annotators gave."""
    rows = [tuple(map(int, line.split(","))) for line in annotations.split() if line]
    known = [(row[2], FITS[row[0], row[1]]) for row in rows if (row[0], row[1]) in FITS]
    most = max((times for times, _ in known), default=0)
    return frozenset().union(*(ours for times, ours in known if times == most))


def _score(case_id: str, fits: frozenset[LabelCategory], answer: Answer) -> CaseScore:
    return CaseScore(case_id=case_id, shares={"category": Share(int(answer.marks.category in fits), 1)})
