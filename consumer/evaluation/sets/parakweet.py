"""Parakweet's sentences out of mail: does one ask for or propose an action? Each is a mail of its own here."""

from __future__ import annotations

from email.message import EmailMessage
from functools import partial
from pathlib import Path

from consumer.evaluation.cases import Answer, Case, LabelledSet, Reader, SetError, most_frequent
from consumer.evaluation.items import ActionMark, Marks
from consumer.evaluation.scoring import CaseScore, Counts, Share
from consumer.evaluation.sets.enron import answer_of
from schemas.analysis import Priority

FILE = "train.tsv"
_YES = "Yes"
_ACTION = ActionMark(start=0, end=1, where="own", owner=None, due=None)


def load(mail: Path, read: Reader) -> LabelledSet:
    """Return a case a sentence of the file in *mail*.

    Raises:
        SetError: There is no such file.
    """
    path = mail / FILE
    if not path.is_file():
        raise SetError(f"{path}: no such file; it is that of github.com/ParakweetLabs/EmailIntentDataSet")
    lines = [line.partition("\t") for line in path.read_text("utf-8", "replace").splitlines() if "\t" in line]
    cases = []
    for number, (label, _, sentence) in enumerate(lines, 1):
        chain = read(_as_mail(sentence))
        if chain is not None:
            score = partial(_score, f"line {number}", label == _YES)
            cases.append(
                Case(case_id=f"line {number}", chain=chain, answer=partial(answer_of, chain.emails[0]), score=score)
            )
    is_most = most_frequent(label == _YES for label, _, _ in lines)
    majority = Marks(priority=Priority.NORMAL, category="other", actions=(_ACTION,) if is_most else ())
    return LabelledSet(name="parakweet", cases=cases, majority=Answer(marks=majority))


def _as_mail(sentence: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ann Weber <ann@sender.example>", "Bob Miller <bob@reader.example>"
    mail["Date"] = "Mon, 02 Nov 2026 09:00:00 +0000"
    mail.set_content(sentence)
    return mail.as_bytes()


def _score(case_id: str, is_action: bool, answer: Answer) -> CaseScore:
    found = bool(answer.marks.actions)
    return CaseScore(
        case_id=case_id,
        counts={"action sentences": Counts(int(found and is_action), int(found > is_action), int(found < is_action))},
        shares={"sentence": Share(int(found == is_action), 1)},
    )
