"""Our own labels of 820 mails (`tests/labels`), against the mail in a folder of the Berkeley selection of Enron."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from consumer.evaluation.cases import Answer, Case, LabelledSet, Reader, SetError, most_frequent
from consumer.evaluation.items import Half, Marks, SealedMail, digest
from consumer.evaluation.predict import prediction
from consumer.evaluation.scoring import CaseScore, score
from schemas.analysis import Analysis
from schemas.chain import Email


def load(labels: Path, mail: Path, read: Reader, half: Half | None = None, draw: int | None = None) -> LabelledSet:
    """Return the cases of *labels* whose mail lies in *mail*, of one *half* or of both, of one *draw* or of all.

    Raises:
        SetError: A mail is missing, or its text is another than the one that was labelled.
    """
    sealed = [one for one in sealed_mails(labels) if half in (None, one.half) and draw in (None, one.draw)]
    part = (f", half {half}" if half else "") + (f", draw {draw}" if draw else "")
    if not sealed:
        raise SetError(f"{labels}: no labelled mail{part}")
    return LabelledSet(
        name=f"enron{part}",
        cases=[_case(one, mail / f"{one.id}.txt", read) for one in sealed],
        majority=Answer(
            marks=Marks(
                priority=most_frequent(one.priority for one in sealed),
                category=most_frequent(one.category for one in sealed),
            )
        ),
    )


def sealed_mails(labels: Path) -> list[SealedMail]:
    """Return the labels in a file."""
    return [SealedMail.model_validate_json(line) for line in labels.read_text("utf-8").splitlines()]


def answer_of(email: Email, analysis: Analysis) -> Answer:
    """Return what counts of the analysis of one mail."""
    found = prediction("", email, analysis)
    return Answer(marks=found.marks, confidence=analysis.confidence.score)


def _case(sealed: SealedMail, path: Path, read: Reader) -> Case:
    chain = read(path.read_bytes()) if path.is_file() else None
    if chain is None:
        raise SetError(f"{path}: no such mail; --mail must be the folder that holds the folders 1 to 8")
    (email,) = chain.emails
    if digest(email.text) != sealed.sha256:
        raise SetError(f"{path}: its text is not the one that was labelled (tests/labels/README.md: seal again)")
    return Case(
        case_id=sealed.id, chain=chain, answer=partial(answer_of, email), score=partial(_score, sealed.id, sealed)
    )


def _score(case_id: str, sealed: SealedMail, answer: Answer) -> CaseScore:
    return score(case_id, sealed, answer.marks, answer.confidence)
