"""BIPIA's mails with the question what was paid to whom: the amount exactly, and none where the mail does not say.

The record is asked, not the model: its answer are the amounts that stand in a line with the name in the question.
Who paid whom, it does not know.
"""

from __future__ import annotations

import json
import re
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

from consumer.evaluation.cases import Answer, Case, LabelledSet, Reader, SetError
from consumer.evaluation.categories import LABEL_OF
from consumer.evaluation.items import Marks
from consumer.evaluation.scoring import CaseScore, Share
from schemas.analysis import Analysis, Priority
from schemas.chain import Chain

FILES = ("email_train.jsonl", "email_test.jsonl")
_UNKNOWN = "unknown"
_NAME = re.compile(r"paid (?:to|by) (?P<name>[^?]+)\?")
_PART = re.compile(r"(?:^|\|)\s*(SUBJECT|EMAIL_FROM|RECEIVED DATE|CONTENT):", re.IGNORECASE)


def load(mail: Path, read: Reader) -> LabelledSet:
    """Return a case a question of the files in *mail*.

    Raises:
        SetError: There are no such files.
    """
    paths = [mail / name for name in FILES if (mail / name).is_file()]
    if not paths:
        raise SetError(f"{mail / FILES[0]}: no such file; it is that of github.com/microsoft/BIPIA")
    lines = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    cases = []
    for number, line in enumerate(lines, 1):
        chain = read(_as_mail(line["context"]))
        name = _NAME.search(line["question"])
        if chain is not None and name:
            cases.append(_case(f"question {number}", chain, name["name"], line["ideal"]))
    return LabelledSet(
        name="bipia", cases=cases, majority=Answer(marks=Marks(priority=Priority.NORMAL, category="other"))
    )


def _case(case_id: str, chain: Chain, name: str, ideal: str) -> Case:
    return Case(case_id=case_id, chain=chain, answer=partial(_answer, name), score=partial(_score, case_id, ideal))


def _answer(name: str, analysis: Analysis) -> Answer:
    words = name.lower().split()
    said = [one for one in analysis.amounts if all(word in one.what_for.lower() for word in words)]
    marks = Marks(priority=analysis.priority, category=LABEL_OF[analysis.category])
    return Answer(marks=marks, money=tuple(sorted({abs(float(one.value)) for one in said})))


def _score(case_id: str, ideal: str, answer: Answer) -> CaseScore:
    if ideal.strip().lower() == _UNKNOWN:
        return CaseScore(case_id=case_id, shares={"unknown respected": Share(int(not answer.money), 1)})
    values = tuple(sorted({float(re.sub(r"[^\d.]", "", part)) for part in ideal.split("$") if part.strip()}))
    return CaseScore(case_id=case_id, shares={"amount exact": Share(int(answer.money == values), 1)})


def _as_mail(context: str) -> bytes:
    """Return a context as a mail: it names its parts in capitals, or is nothing but the text."""
    pieces = _PART.split(context)
    parts: dict[str, Any] = dict(zip((name.upper() for name in pieces[1::2]), pieces[2::2], strict=True))
    mail = EmailMessage()
    mail["From"] = "Ann Weber <ann@sender.example>"
    mail["To"] = "Bob Miller <bob@reader.example>"
    mail["Date"] = "Tue, 01 Feb 2022 09:00:00 +0000"
    mail["Subject"] = " ".join(parts.get("SUBJECT", "").split())
    mail.set_content((pieces[0] + parts.get("CONTENT", "")).strip())
    return mail.as_bytes()
