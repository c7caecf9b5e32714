"""The labelled sets, read from small copies of their own forms that the tests write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainmail.cli.labelled import SetName, Wanted, load
from chainmail.cli.mail_files import chain_in
from consumer.analysis.by_code import CodeAnalyser
from consumer.evaluation.cases import SetError
from consumer.evaluation.metrics import share_of, total
from consumer.evaluation.running import majority, run
from consumer.evaluation.scoring import Counts, Share
from consumer.evaluation.sets.enron_categories import accepted
from schemas.chain import Email
from tests.labels.seal import Faults, seal
from tests.mailbox import mail

LABELS = {
    "id": "1/7",
    "amounts": [{"quote": "EUR 107.50", "value": 107.5, "currency": "EUR", "kind": "sum", "where": "own"}],
    "dates": [{"quote": "Friday", "resolved": "2026-11-06", "kind": "deadline", "where": "own"}],
    "references": [{"quote": "1007", "kind": "order", "value": "1007", "where": "own"}],
    "actions": [
        {"quote": "Please send 12\nboxes", "what": "send boxes", "owner": "Sales", "due": "2026-11-06", "where": "own"},
        {"quote": "Never said", "what": "nothing", "owner": None, "due": None, "where": "own"},
    ],
    "priority": "normal",
    "category": "business_request",
    "reply_expected": False,
}


def email_of(raw: bytes) -> Email:
    """Return the one email in *raw*."""
    chain = chain_in(raw)
    assert chain is not None
    return chain.emails[0]


def sealed_folder(folder: Path) -> Path:
    """Write one mail and its sealed label; return the labels' file."""
    raw = mail(7)
    (folder / "1").mkdir()
    (folder / "1" / "7.txt").write_bytes(raw)
    (folder / "labels.jsonl").write_text(seal(LABELS, email_of(raw), Faults(), 1, "held_out").model_dump_json() + "\n")
    return folder / "labels.jsonl"


def test_sealed_labels_hold_places_and_roles_and_no_words() -> None:
    """The mail of real people would stand in the repository."""
    faults = Faults()
    email = email_of(mail(7))
    sealed = seal(LABELS, email, faults, 1, "tune")
    assert [email.text[one.start : one.end] for one in sealed.amounts] == ["EUR 107.50"]
    assert sealed.references[0].field == "subject"
    assert [one.owner for one in sealed.actions] == ["addressee"]
    assert faults.lines == ["1/7: not found: 'Never said'"]
    written = sealed.model_dump_json()
    assert not any(word in written for word in ("EUR 107", "Friday", "1007", "Sales", "boxes", "Please"))


def test_our_own_labels_score_the_mail_in_a_folder(tmp_path: Path) -> None:
    """The figures of the docs could not be had by anybody else."""
    labels = sealed_folder(tmp_path)
    chosen = load(Wanted(name=SetName.ENRON, mail=tmp_path, labels=labels))
    outcomes = run(chosen, CodeAnalyser(), lambda _: None)
    assert total("amounts", outcomes.scores) == Counts(1, 0, 0)
    assert total("dates", outcomes.scores).right == 1
    assert share_of("category", majority(chosen)) == Share(1, 1)
    other = {"tune": "held_out", "held_out": "tune"}[json.loads(labels.read_text())["half"]]
    with pytest.raises(SetError, match="no labelled mail"):
        load(Wanted(name=SetName.ENRON, mail=tmp_path, labels=labels, half=other))  # type: ignore[arg-type]
    assert len(load(Wanted(name=SetName.ENRON, mail=tmp_path, labels=labels, draw=1)).cases) == 1
    with pytest.raises(SetError, match="draw 2"):
        load(Wanted(name=SetName.ENRON, mail=tmp_path, labels=labels, draw=2))


def test_changed_or_missing_mail_is_said(tmp_path: Path) -> None:
    """Spans would point at other words, and every figure would be wrong."""
    labels = sealed_folder(tmp_path)
    (tmp_path / "1" / "7.txt").write_bytes(mail(7, words="Something else."))
    with pytest.raises(SetError, match="not the one that was labelled"):
        load(Wanted(name=SetName.ENRON, mail=tmp_path, labels=labels))
    (tmp_path / "1" / "7.txt").unlink()
    with pytest.raises(SetError, match="no such mail"):
        load(Wanted(name=SetName.ENRON, mail=tmp_path, labels=labels))


@pytest.mark.parametrize("name", [name for name in SetName if name is not SetName.DEMO])
def test_a_set_without_its_mail_says_where_that_is_expected(name: SetName, tmp_path: Path) -> None:
    """Nobody could guess which files are wanted."""
    with pytest.raises(SetError, match="--mail FOLDER"):
        load(Wanted(name=name, mail=None))
    with pytest.raises(SetError, match="no such"):
        load(Wanted(name=name, mail=tmp_path))


def test_the_demo_set_is_at_hand() -> None:
    """The first `chainmail eval` must need nothing."""
    chosen = load(Wanted(name=SetName.DEMO, mail=None))
    outcomes = run(chosen, CodeAnalyser(), lambda _: None)
    assert len(outcomes.scores) == 15
    assert total("amounts", outcomes.scores).missed == 0
    assert total("owners", majority(chosen)) == Counts(0, 0, 10)


def test_questions_about_payments_are_answered_from_the_record(tmp_path: Path) -> None:
    """An amount that belongs to somebody else must not be the answer where the mail does not say."""
    lines = [
        ("SUBJECT: Charged|CONTENT: You were charged $2,500.00 by Acme Rings.", "to Acme", "$2 500.00"),
        ("You were charged $99.00 by Norden.", "to Acme", "unknown"),
        ("You sent $7.00 to Acme.", "to Acme", "$8.00"),
    ]
    (tmp_path / "email_train.jsonl").write_text(
        "\n".join(
            json.dumps({"context": text, "question": f"Q: Find the $ value paid {who}? All of them", "ideal": ideal})
            for text, who, ideal in lines
        )
    )
    scores = run(load(Wanted(name=SetName.BIPIA, mail=tmp_path)), CodeAnalyser(), lambda _: None).scores
    assert share_of("amount exact", scores) == Share(1, 2)
    assert share_of("unknown respected", scores) == Share(1, 1)


def test_sentences_are_scored_by_whether_an_action_is_found(tmp_path: Path) -> None:
    """What asks for nothing must not become an action."""
    (tmp_path / "train.tsv").write_text("Yes\tPlease send me the report by Friday.\nNo\tThe weather is fine.\n")
    scores = run(load(Wanted(name=SetName.PARAKWEET, mail=tmp_path)), CodeAnalyser(), lambda _: None).scores
    counts = total("action sentences", scores)
    assert counts.right + counts.missed == 1
    assert counts.wrong == 0


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ("1,2,3\n", {"personal"}),
        ("1,4,1\n1,5,2\n", {"personnel"}),
        ("1,4,2\n", {"scheduling", "logistics"}),
        ("1,1,2\n3,1,1\n", {"legal_regulatory"}),
        ("1,1,2\n2,1,1\n", set()),
    ],
)
def test_berkeleys_categories_count_where_they_fit(annotations: str, expected: set[str]) -> None:
    """A category that they do not know would count as wrong."""
    assert accepted(annotations) == expected
