"""The demo mailbox, our first labelled set: is all in it that it promises, and what do readers and rules make of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import read_chain
from consumer.analysis.value import business_value
from schemas.chain import Chain, Email
from tests.conversations import ruled
from tests.mail_files import chains_of, emails_of

FOLDER = resources.files("chainmail.local") / "demo_mailbox"
RAW = {file.name.removesuffix(".eml"): file.read_bytes() for file in (FOLDER / "mails").iterdir()}
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
EMAILS = emails_of(RAW.values())

#: What the rules alone get wrong, with the reason: one less is progress, one more a regression.
PRIORITY_MISSES = {
    ("glove order", "normal", "high"): "that the gloves arrived settles the deadline; rules know no arrivals",
    ("lease of hall 3", "high", "normal"): "a contract that ends is grave without an urgent word",
    ("samples", "high", "normal"): "a promise for Monday is due without the word",
}
#: Of the amounts nothing is missed and nothing is invented.
AMOUNT_MISSES: set[tuple[str, str]] = set()
#: What stands to be seen in money: by the newest mail that names a sum.
AT_STAKE = {
    "glove order": {"EUR": "10140"},
    "mesh curtain": {"EUR": "19575"},
    "failed glove": {"EUR": "35000", "GBP": "2350"},
    "injection": {},
    "lease of hall 3": {},
}


def by_file() -> dict[str, Email]:
    """Return the emails by the name of their file."""
    return {name: next(iter(emails_of([raw]).values())) for name, raw in RAW.items()}


def chains() -> Iterable[tuple[dict[str, Any], Chain]]:
    """Yield each label with its chain."""
    files, found = by_file(), chains_of(EMAILS)
    for label in EXPECTED["labels"]:
        wanted = {files[name].email_id for name in label["files"]}
        yield label, next(chain for chain in found if {email.email_id for email in chain.emails} == wanted)


def test_mailbox_groups_into_the_chains_of_its_labels() -> None:
    """The labels would speak of other conversations than the program sees."""
    found = chains_of(EMAILS)
    assert (len(RAW), len(EMAILS), len(found)) == (EXPECTED["files"], EXPECTED["emails"], EXPECTED["chains"])
    assert len(list(chains())) == len(found) == 15
    assert sum("unseen" in " ".join(chain.completeness.missing) for chain in found) == EXPECTED["ghosts"]


def test_mailbox_shows_what_it_promises() -> None:
    """A newcomer would not see that the hard cases of real mail are met."""
    files = by_file()
    assert 35 <= len(RAW) <= 45
    assert 12 <= len(EXPECTED["labels"]) <= 16
    categories = {label["category"] for label in EXPECTED["labels"]}
    assert categories >= {"order", "quote", "complaint", "incident", "invoice", "contract", "personal", "bulk"}
    texts = {name: email.text for name, email in files.items()}
    styles = ["wrote:\n>", "-----Original Message-----", " Uhr schrieb ", "Forwarded message"]
    assert all(any(style in text for text in texts.values()) for style in styles)
    assert any(email.text_from == "html" and email.hidden_chars for email in files.values())
    assert any("\u3040" <= char <= "\u9fff" for text in texts.values() for char in text)
    assert [name for name, email in files.items() if email.defects] == ["32-broken-scan"]
    assert [name for name, email in files.items() if email.message_id is None] == ["33-no-id-meter"]
    assert "ignore all previous instructions" in texts["28-injection"]
    assert "<|im_start|>" in texts["28-injection"]


def test_mailbox_hides_an_order_in_its_html() -> None:
    """The mail with hidden text would show nothing, and its removal could not be seen."""
    page = RAW["18-lease-renewal"].decode()
    assert "priority low" in page
    assert "priority low" not in by_file()["18-lease-renewal"].text


def test_readers_find_the_amounts_of_the_labels(capsys: pytest.CaptureFixture[str]) -> None:
    """A change of the readers would lose or invent money in mail that a person has read."""
    found_right = found_all = wanted_all = 0
    misses: set[tuple[str, str]] = set()
    for label, chain in chains():
        wanted = {(Decimal(amount["value"]), amount["currency"], amount["kind"]) for amount in label["amounts"]}
        readings = read_chain(chain, passages_of(chain))
        found = {(amount.value, amount.currency, amount.kind) for amount in readings.amounts}
        misses |= {(label["name"], f"{value} {currency} {kind}") for value, currency, kind in wanted ^ found}
        found_right, found_all, wanted_all = (
            found_right + len(wanted & found),
            found_all + len(found),
            wanted_all + len(wanted),
        )
    with capsys.disabled():
        print(f"\ndemo amounts: precision {found_right}/{found_all}, recall {found_right}/{wanted_all}")
    assert misses == AMOUNT_MISSES
    assert wanted_all == 19


def test_rules_give_the_priorities_of_the_labels(capsys: pytest.CaptureFixture[str]) -> None:
    """A change of the rules would misjudge mail that a person has judged."""
    verdicts = [(label["name"], label["priority"], str(ruled(chain).priority)) for label, chain in chains()]
    misses = {verdict for verdict in verdicts if verdict[1] != verdict[2]}
    with capsys.disabled():
        print(f"\ndemo priorities by rules: {len(verdicts) - len(misses)}/{len(verdicts)} right")
    assert misses == set(PRIORITY_MISSES)


def test_value_is_what_the_newest_mail_says() -> None:
    """The demo would show a matter worth its total, its parts and every earlier offer."""
    for label, chain in chains():
        if label["name"] in AT_STAKE:
            readings = read_chain(chain, passages_of(chain))
            value = {money.currency: str(money.value) for money in business_value(chain, readings.amounts)}
            assert value == AT_STAKE[label["name"]], label["name"]


def test_readers_take_nothing_from_the_injection() -> None:
    """The stranger's nine billion would stand in the record."""
    label, chain = next((label, chain) for label, chain in chains() if label["name"] == "injection")
    readings = read_chain(chain, passages_of(chain))
    said = [str(claim) for claim in (*readings.amounts, *readings.dates, *readings.references)]
    assert not [words for words in label["must_not_appear"] if any(words in claim for claim in said)]
