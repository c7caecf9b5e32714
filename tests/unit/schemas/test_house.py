"""The rules of the house as a person writes them: what is taken, and what is refused in words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from pydantic import ValidationError

from schemas.analysis import Amount, Evidence, Money, Person, Priority, Reference, ReferenceKind
from schemas.house import Housed, HouseRules
from schemas.house_pattern import checked_pattern
from tests.ledgers import analysis, chain


@pytest.mark.parametrize(
    ("pattern", "finds"),
    [
        (r"SO-\d{6}", "SO-123456"),
        (r"\bPN[- ]?\d{4,8}(-[A-Z]{1,2})?\b", "PN 12345-AB"),
        (r"(?:ORD|BEST|CMD)[/.](\d{4})", "BEST/2026"),
        (r"[A-Z()\]+*]{2}\d\*", "A)7*"),
    ],
)
def test_pattern_of_bounded_parts_is_taken(pattern: str, finds: str) -> None:
    """A house could not describe its order numbers."""
    assert re.search(checked_pattern(pattern), finds)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(a+)+$", "no bound"),
        (r"\d+-\d+", r"no bound: say how many at most, as in \\d\{1,8\}"),
        (r"\d{3,}x", "no bound"),
        (r"(\d{1,3}){1,9}", "must not be repeated"),
        (r"(a|a){1,20}b", "must not be repeated"),
        (r"\w{0,99}\w{0,99}\w{0,99}x", "narrower bounds"),
        (r"a?a?a?a?a?a?a?a?a?a?a?b", "narrower bounds"),
        (r"(x)\1", "only plain groups"),
        (r"(?=x)x", "only plain groups"),
        (r"\d{0,3}", "matches nothing"),
        (r"(unclosed", "no regular expression"),
        ("x" * 201, "200 at most"),
    ],
)
def test_pattern_that_could_take_long_is_refused_in_words(pattern: str, words: str) -> None:
    """One mail of the right letters would hold up a member for ever."""
    with pytest.raises(ValueError, match=words):
        checked_pattern(pattern)


def test_the_worst_pattern_that_is_taken_reads_a_large_mail() -> None:
    """The count of ways would promise what the engine does not hold, and this test never end."""
    assert re.search(checked_pattern(r"\w{1,30}\w{1,30}!"), "a" * 20_000) is None


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"own": ["acme.example"]}, "neither an address"),
        ({"own_currency": "euro"}, "no ISO 4217 code"),
        ({"keywords": [{"words": ["x"]}]}, "either raise_to or lower_to"),
        ({"keywords": [{"words": ["x"], "raise_to": "high", "lower_to": "low"}]}, "either raise_to or lower_to"),
        ({"keywords": [{"words": [" "], "raise_to": "high"}]}, "a keyword is empty"),
        ({"keywords": [{"words": ["x"], "raise_to": "urgent"}]}, "'low', 'normal', 'high' or 'critical'"),
        ({"patterns": [{"kind": "order", "regex": "a+"}]}, "no bound"),
        ({"vips": {}}, "Extra inputs"),
    ],
)
def test_wrong_rules_are_refused(rules: dict[str, object], words: str) -> None:
    """A slip of the pen would leave a VIP unnoticed for months."""
    with pytest.raises(ValidationError, match=words):
        HouseRules.model_validate(rules)


def test_version_is_of_the_content() -> None:
    """A comment would make 25,000 analyses count as outdated, or a new VIP none."""
    first = HouseRules.model_validate({"vip": {"senders": ["Ann@Acme.example"]}})
    assert first.version == HouseRules.model_validate({"vip": {"senders": [" ann@acme.example"]}}).version
    assert first.version != HouseRules.model_validate({"vip": {"senders": ["bob@acme.example"]}}).version
    assert HouseRules().version == ""


def test_housed_shows_an_analysis_as_the_house_sees_it() -> None:
    """What the rules found would be stored and never seen."""
    here = Evidence(quote="SO-1", email_id="e", start=0, end=4)
    made = analysis(chain()).model_copy(
        update={
            "people": (Person(name="Ann", address="Ann@acme.example"), Person(name="Bob", address="bob@b.example")),
            "amounts": (
                Amount(value=Decimal(5), currency=None, evidence=here),
                Amount(value=Decimal(7), currency="USD", evidence=here),
            ),
        }
    )
    reference = Reference(kind=ReferenceKind.ORDER, value="SO-1", evidence=here)
    seen = Housed(
        priority=Priority.HIGH,
        reasons=("raised to high: VIP sender ann@acme.example",),
        references=(reference,),
        own=("ann@acme.example",),
        currency="EUR",
        business_value=(Money(value=Decimal(5), currency="EUR"),),
    ).applied_to(made)
    assert (seen.priority, seen.priority_reason) == (
        Priority.HIGH,
        "somebody waits; raised to high: VIP sender ann@acme.example",
    )
    assert seen.references == (reference,)
    assert [who.is_own for who in seen.people] == [True, False]
    assert [each.currency for each in seen.amounts] == ["EUR", "USD"]
    assert seen.business_value[0].currency == "EUR"
    assert Housed(priority=made.priority).applied_to(made) == made
