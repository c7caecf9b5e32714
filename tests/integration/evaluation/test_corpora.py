"""What is found in real mail: every line can be checked, and the labels still fit the mail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chainmail.cli.labelled import LABELS
from chainmail.cli.mail_files import chain_in
from chainmail.cli.predicting import predict_files
from chainmail.settings import Settings
from consumer.evaluation.items import digest
from consumer.evaluation.sets.enron import sealed_mails
from producer.parse import parse
from schemas.chain import Email
from tests.labels.agreement import FOLDER, readings

_ITEMS = ("amounts", "dates", "references", "actions")


@pytest.fixture(scope="module")
def mail(corpora: Path) -> Path:
    """Return the folder of the Berkeley selection."""
    return corpora / "enron_berkeley_labelled"


def test_a_line_is_written_for_each_mail_and_every_quote_is_verbatim(mail: Path, tmp_path: Path) -> None:
    """Somebody else's labels could not be held against it, or a quote would prove nothing."""
    out = tmp_path / "P.jsonl"
    paths = _sample(mail)
    predict_files(list(map(str, paths)), out, Settings(model_server="none"))
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [path.stem for path in paths]
    assert len(lines) > 150
    for path, line in zip(paths, lines, strict=True):
        chain = chain_in(path.read_bytes())
        assert chain is not None
        places = (chain.emails[0].text, chain.emails[0].subject)
        quotes = [item["quote"] for name in _ITEMS for item in line[name]]
        assert [quote for quote in quotes if not quote or not any(quote in place for place in places)] == []
        assert max(map(len, quotes), default=0) <= 80


def test_labels_fit_the_mail_that_they_are_about(mail: Path) -> None:
    """A parser that reads another text would make every span point at other words."""
    sealed = sealed_mails(LABELS)
    assert len(sealed) == len({one.id for one in sealed}) == 820
    for one in sealed:
        chain = chain_in((mail / f"{one.id}.txt").read_bytes())
        assert chain is not None
        assert digest(chain.emails[0].text) == one.sha256


def test_no_word_of_the_mail_stands_in_the_labels() -> None:
    """Real people's mail must not enter the repository."""
    words = {
        word
        for path in FOLDER.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
        for word in _strings(json.loads(line))
    }
    assert {word for word in words if not _is_of_form(word)} == set()


def test_two_readings_agree() -> None:
    """Nobody could be right against labels that two readers make differently."""
    scores, categories = readings()
    assert len(scores) == 80
    assert categories > 0.8


def _sample(mail: Path) -> list[Path]:
    """Return every so many files of mail; with CHAINMAIL_TEST_EVAL_EVERY=1 all 1,021 (a minute of two idle cores)."""
    every = int(os.environ.get("CHAINMAIL_TEST_EVAL_EVERY", "6"))
    paths = sorted(mail.glob("*/*.txt"))[::every]
    return [path for path in paths if isinstance(parse(path.read_bytes()), Email)]


def _strings(data: object) -> list[str]:
    if isinstance(data, dict):
        return [word for value in data.values() for word in _strings(value)]
    if isinstance(data, list):
        return [word for value in data for word in _strings(value)]
    return [data] if isinstance(data, str) else []


def _is_of_form(word: str) -> bool:
    """Tell whether a word is one of the labels' own: an id, a hash, a day, a time, a name of ours."""
    is_figure = all(char in "0123456789abcdef/-:WT" for char in word)
    return is_figure or word in _OWN or (len(word) == 3 and word.isupper())


_OWN = frozenset(
    "tune held_out text subject own quoted sum price deadline meeting past period other writer addressee named "
    "low normal high critical news_bulk personal scheduling personnel legal_regulatory finance logistics decision "
    "business_request report invoice order contract ticket docket phone url email account bill_number".split()
)
