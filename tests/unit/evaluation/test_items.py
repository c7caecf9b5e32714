"""Labels without the mail: values that two people write differently are one, and halves do not move."""

from __future__ import annotations

import pytest

from consumer.evaluation.items import key_of, normalised


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("phone", "(415) 782-7822", "4157827822"),
        ("phone", "+49 30 / 12 34 56", "4930123456"),
        ("url", "HTTP://www.Ringwerk.example/Offers/", "www.ringwerk.example/offers"),
        ("email", " Ann@Acme.Example ", "ann@acme.example"),
        ("docket", "er 01-889.000", "ER01-889000"),
        ("order", "No. 4711", "4711"),
        ("order", "order no 4711", "ORDER4711"),
        ("other", "North-7", "NORTH-7"),
    ],
)
def test_values_are_written_in_one_way(kind: str, value: str, expected: str) -> None:
    """A reference found in another spelling would count as missed and as made up."""
    assert normalised(kind, value) == expected


def test_a_key_does_not_show_its_value_and_is_the_same_for_both_spellings() -> None:
    """The labels would hold telephone numbers of real people."""
    key = key_of("phone", "415-555-0142")
    assert key == key_of("phone", "(415) 555 0142")
    assert key != key_of("phone", "415-555-0143")
    assert len(key) == 16
    assert "555" not in key or "4155550142" not in key
