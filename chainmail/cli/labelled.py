"""The labelled sets of `eval` by name: where their labels and their mail lie, and how they are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

from chainmail.cli.mail_files import chain_in, chains_of
from consumer.evaluation.cases import LabelledSet, SetError
from consumer.evaluation.items import Half
from consumer.evaluation.sets import bipia, demo, enron, enron_categories, parakweet
from producer.parse import parse
from schemas.chain import Email

#: Our own labels lie with the tests, in the source tree.
LABELS = Path(__file__).parents[2] / "tests" / "labels" / "enron.jsonl"


class SetName(StrEnum):
    """What there are labels for."""

    DEMO = "demo"
    ENRON = "enron"
    PARAKWEET = "parakweet"
    BIPIA = "bipia"
    ENRON_CATEGORIES = "enron-categories"


#: Where the mail of each set is to be had; none of it is part of the program.
MAIL = {
    SetName.ENRON: "the Berkeley selection of Enron mail: folders 1 to 8 with files such as 1/9167.txt",
    SetName.ENRON_CATEGORIES: "the Berkeley selection of Enron mail: folders 1 to 8 with .txt and .cats files",
    SetName.PARAKWEET: f"github.com/ParakweetLabs/EmailIntentDataSet: its training file as {parakweet.FILE}",
    SetName.BIPIA: f"github.com/microsoft/BIPIA, benchmark/email: {' and '.join(bipia.FILES)}",
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which cases of which set."""

    name: SetName
    mail: Path | None
    labels: Path = LABELS
    half: Half | None = None
    draw: int | None = None


def load(wanted: Wanted) -> LabelledSet:
    """Return the set.

    Raises:
        SetError: Its mail or its labels are not at hand; says where they are expected.
    """
    if wanted.name is SetName.DEMO:
        return _demo()
    if wanted.mail is None:
        raise SetError(f"the mail of {wanted.name} is no part of chainmail: --mail FOLDER ({MAIL[wanted.name]})")
    if wanted.name is SetName.ENRON:
        if not wanted.labels.is_file():
            raise SetError(f"{wanted.labels}: no such labels; they lie in the source tree (--labels FILE)")
        return enron.load(wanted.labels, wanted.mail, chain_in, wanted.half, wanted.draw)
    others = {
        SetName.PARAKWEET: parakweet.load,
        SetName.BIPIA: bipia.load,
        SetName.ENRON_CATEGORIES: enron_categories.load,
    }
    return others[wanted.name](wanted.mail, chain_in)


def _demo() -> LabelledSet:
    folder = resources.files("chainmail.local") / "demo_mailbox"
    labels = json.loads((folder / "expected.json").read_text("utf-8"))["labels"]
    emails: dict[str, Email] = {}
    for file in (folder / "mails").iterdir():
        found = parse(file.read_bytes())
        if isinstance(found, Email):
            emails[file.name.removesuffix(".eml")] = found
    return demo.load(labels, chains_of(emails.values()), {name: email.email_id for name, email in emails.items()})
