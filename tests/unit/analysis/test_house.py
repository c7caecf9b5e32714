"""The rules of the house on an analysis: what they raise, lower, add, and leave alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumer.analysis.house import apply
from schemas.analysis import Amount, Analysis, Evidence, Money, Person, Priority, Reference, ReferenceKind
from schemas.chain import Address, Chain
from schemas.house import Housed, HouseRules
from tests.ledgers import analysis, chain


def written(text: str = "The cartons are here.", sender: str = "ann@acme.example", **other: Any) -> Chain:
    """Return a chain of one email."""
    of = chain(text=text)
    email = of.emails[0].model_copy(update={"sender": Address(address=sender), **other})
    return of.model_copy(update={"emails": (email,)})


def housed(rules: dict[str, Any], of: Chain | None = None, made: Analysis | None = None, **changes: Any) -> Housed:
    """Return what *rules* make of an analysis with *changes*."""
    of = of or written()
    return apply((made or analysis(of)).model_copy(update=changes), of, HouseRules.model_validate(rules))


@pytest.mark.parametrize(
    ("known", "is_raised"),
    [
        ("ann@acme.example", True),
        ("ANN@ACME.example", True),
        ("@acme.example", True),
        ("@example", True),
        ("@cme.example", False),
        ("bob@acme.example", False),
        ("@other.example", False),
    ],
)
def test_vip_is_known_by_address_or_domain(known: str, *, is_raised: bool) -> None:
    """A stranger whose domain ends alike would be a VIP, or the VIP none."""
    found = housed({"vip": {"senders": [known]}})
    assert found.priority is (Priority.HIGH if is_raised else Priority.NORMAL)
    assert found.reasons == (("raised to high: VIP sender ann@acme.example",) if is_raised else ())


def test_newsletter_of_a_vip_raises_nothing() -> None:
    """Every newsletter of the largest customer would be urgent."""
    rules = {"vip": {"senders": ["@acme.example"]}}
    assert housed(rules, written(bulk="newsletter: List-Unsubscribe")).priority is Priority.NORMAL
    assert housed(rules, written(bulk="list: List-Id")).priority is Priority.HIGH


def test_the_strongest_rule_wins_and_weaker_ones_say_nothing() -> None:
    """A reason would be given that changed nothing."""
    rules = {
        "vip": {"senders": ["@acme.example"]},
        "customers": {"senders": ["@acme.example"], "raise_to": "normal"},
        "keywords": [{"words": ["cartons  are"], "raise_to": "critical"}],
    }
    found = housed(rules)
    assert (found.priority, found.reasons) == (Priority.CRITICAL, ('raised to critical: keyword "cartons are"',))
    assert housed(rules, priority=Priority.CRITICAL).reasons == ()


def test_keyword_is_a_whole_word_of_any_case() -> None:
    """The word "art" would be found in every "carton"."""
    rules = {"keywords": [{"words": ["art"], "raise_to": "high"}]}
    assert housed(rules).priority is Priority.NORMAL
    assert housed(rules, written("State of the\nART.")).reasons == ('raised to high: keyword "ART"',)
    assert housed(rules, written(subject="art!")).priority is Priority.HIGH


def test_keyword_in_what_is_only_quoted_of_a_mail_at_hand_does_not_count_twice() -> None:
    """A word of last year would keep the conversation urgent by every reply that quotes it."""
    emails = chain(revision=2, text="Please send 12 boxes by Friday.\nNothing else.").emails
    quoting = "Done.\n\n> Please send 12 boxes by Friday.\n> Nothing else.\n"
    of = chain(revision=2).model_copy(update={"emails": (emails[0], emails[1].model_copy(update={"text": quoting}))})
    found = housed({"patterns": [{"kind": "order", "regex": r"\d{2} boxes"}]}, of)
    assert [each.evidence.email_id for each in found.references] == [emails[0].email_id]


def test_keyword_lowers_but_not_what_the_mail_itself_calls_critical() -> None:
    """A footer would hide an accident."""
    evidence = Evidence(quote="The cartons", email_id=written().emails[0].email_id, start=0, end=11)
    lowering = {"words": ["cartons"], "lower_to": "low"}
    assert housed({"keywords": [lowering]}).reasons == ('lowered to low: keyword "cartons"',)
    critical: dict[str, Any] = {"priority": Priority.CRITICAL, "priority_evidence": evidence}
    kept = housed({"keywords": [lowering]}, **critical)
    assert (kept.priority, kept.reasons) == (
        Priority.CRITICAL,
        ('not lowered by keyword "cartons": the mail itself is critical',),
    )
    assert housed({"keywords": [lowering | {"even_critical": True}]}, **critical).priority is Priority.LOW


def test_vip_is_raised_also_where_a_keyword_lowers() -> None:
    """A keyword in somebody's footer would silence the owner of the company."""
    rules = {
        "vip": {"senders": ["@acme.example"]},
        "keywords": [{"words": ["cartons"], "lower_to": "low"}],
    }
    found = housed(rules)
    assert (found.priority, len(found.reasons)) == (Priority.HIGH, 2)


def test_own_numbers_become_references_with_their_place() -> None:
    """An order number of the house would not be found again."""
    of = written("About SO-123456, SO-123456 and SO-654321.")
    rules = {"patterns": [{"kind": "order", "regex": r"\bSO-(\d{6})\b"}]}
    known = Reference(
        kind=ReferenceKind.ORDER,
        value="654321",
        evidence=Evidence(quote="SO-654321", email_id=of.emails[0].email_id, start=31, end=40),
    )
    (found,) = housed(rules, of, references=(known,)).references
    assert (found.kind, found.value, found.evidence.quote) == (ReferenceKind.ORDER, "123456", "SO-123456")
    assert of.emails[0].text[found.evidence.start : found.evidence.end] == "SO-123456"


def test_own_currency_counts_where_the_mail_names_none() -> None:
    """A bare amount would be worth nothing, or a dollar be called a euro."""
    of = written("It costs 1,200 or USD 900.")
    place = {"email_id": of.emails[0].email_id}
    bare = Amount(value=Decimal(1200), currency=None, evidence=Evidence(quote="1,200", start=9, end=14, **place))
    named = Amount(value=Decimal(900), currency="USD", evidence=Evidence(quote="USD 900", start=18, end=25, **place))
    found = housed({"own_currency": "EUR"}, of, amounts=(named, bare))
    assert found.business_value == (
        Money(value=Decimal(1200), currency="EUR"),
        Money(value=Decimal(900), currency="USD"),
    )
    assert found.currency == "EUR"


def test_own_people_are_marked() -> None:
    """An answer of ours would look like a customer's."""
    people = (Person(name="Ann", address="Ann@Acme.example"), Person(name="Bob", address="bob@other.example"))
    assert housed({"own": ["@acme.example"]}, people=people).own == ("ann@acme.example",)


def test_without_rules_nothing_changes() -> None:
    """An empty file would make all analyses outdated."""
    assert housed({}) == Housed(priority=Priority.NORMAL)


def test_a_keyword_that_stands_nowhere_moves_nothing() -> None:
    """Each rule of the house would move every chain."""
    rules = {"keywords": [{"words": ["pallets"], "lower_to": "low"}, {"words": ["line stop"], "raise_to": "critical"}]}
    assert housed(rules) == Housed(version=HouseRules.model_validate(rules).version, priority=Priority.NORMAL)


def test_a_mail_that_is_full_of_numbers_does_not_fill_the_record() -> None:
    """One list of a million numbers would be a million references."""
    of = written(" ".join(f"SO-{number}" for number in range(100_000, 100_300)))
    found = housed({"patterns": [{"kind": "order", "regex": r"\bSO-(\d{6})\b"}]}, of).references
    assert [each.value for each in found] == [str(number) for number in range(100_000, 100_100)]


def test_own_currency_comes_first_and_changes_no_sum_that_has_one() -> None:
    """What is at stake in our own money would stand behind another's, or a dollar be called a euro."""
    sums = (Money(value=Decimal(900), currency="USD"), Money(value=Decimal(5), currency="EUR"))
    named = Amount(
        value=Decimal(900),
        currency="USD",
        evidence=Evidence(quote="USD 900", email_id=written().emails[0].email_id, start=0, end=7),
    )
    found = housed({"own_currency": "EUR"}, business_value=sums, amounts=(named,))
    assert found.business_value == sums[::-1]
