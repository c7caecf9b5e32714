"""What counts as money, and how much: by the definitions of labels, not by what the reader prints."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.readers import amounts


def found(text: str) -> list[tuple[str, str, str]]:
    """Return value, currency and kind of the amounts in *text*."""
    return [(str(item.value), item.currency, item.kind) for item in amounts.read(text)]


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("EUR 1,234.56", "1234.56", "EUR"),
        ("1.234,56 EUR", "1234.56", "EUR"),
        ("CHF 1'234.50", "1234.5", "CHF"),
        ("CHF 1\u2019234.50", "1234.5", "CHF"),
        ("1 234,50 €", "1234.5", "EUR"),
        ("1\u00a0234\u00a0567 €", "1234567", "EUR"),
        ("6.480,00 EUR", "6480", "EUR"),
        ("$1,500", "1500", "USD"),
        ("$1.500", "1500", "USD"),
        ("$0.500", "0.5", "USD"),
        ("$.50", "0.5", "USD"),
        ("£2,350.00", "2350", "GBP"),
        ("£12.5", "12.5", "GBP"),
        ("USD500", "500", "USD"),
        ("500usd", "500", "USD"),
        ("US$ 40", "40", "USD"),
        ("HK$500", "500", "HKD"),
        ("C$ 7", "7", "CAD"),
        ("¥9,000", "9000", "JPY"),
        ("10000円", "10000", "JPY"),
        ("12,50 zł", "12.5", "PLN"),
        ("EUR 5,-", "5", "EUR"),
        ("9 euros", "9", "EUR"),
        ("20 bucks", "20", "USD"),
        ("25 cents", "0.25", "USD"),
        ("25¢", "0.25", "USD"),
        ("Rs. 500", "500", "INR"),
        ("40 Canadian dollars", "40", "CAD"),
        ("40 U.S. dollars", "40", "USD"),
        ("300 Schweizer Franken", "300", "CHF"),
        ("$1, 500", "1500", "USD"),
        ("$ 75", "75", "USD"),
        ("3 pounds sterling", "3", "GBP"),
        ("$18 mill.", "18000000", "USD"),
    ],
)
def test_read_understands_how_people_write_money(text: str, value: str, currency: str) -> None:
    """An invoice in another country's style would be a hundred times too large, or be missed."""
    kind = "price" if "cent" in text or "¢" in text else "sum"
    assert found(f"We owe {text} today.") == [(value, currency, kind)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$2.5k", "2500"),
        ("€3m", "3000000"),
        ("EUR 1.2 bn", "1200000000"),
        ("$1.5 million", "1500000"),
        ("1,5 Mio. EUR", "1500000"),
        ("$4 thousand", "4000"),
        ("2 Milliarden Euro", "2000000000"),
        ("3k EUR", "3000"),
        ("$3.2B", "3200000000"),
        ("$5.5 bln", "5500000000"),
        ("$1.35 trillion", "1350000000000"),
        ("$7 MM", "7000000"),
        ("for Rs 20 crore", "200000000"),
        ("$10-billion", "10000000000"),
        ("$14\nbillion", "14000000000"),
        ("$14 \n> billion", "14000000000"),
        ("8 million\ndollars", "8000000"),
    ],
)
def test_read_writes_scales_out(text: str, value: str) -> None:
    """A deal of three million would stand in the record as three."""
    assert [str(item.value) for item in amounts.read(text)] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("two hundred thousand dollars", "200000"),
        ("a million dollars", "1000000"),
        ("half a billion dollars", "500000000"),
        ("another half-billion dollars", "500000000"),
        ("one and a half million euros", "1500000"),
        ("Twenty-five cents", "0.25"),
        ("one hundred and fifty dollars", "150"),
        ("three\nmillion dollars", "3000000"),
    ],
)
def test_read_understands_numbers_in_words(text: str, value: str) -> None:
    """A sum that a lawyer spelled out would be missing."""
    assert [str(item.value) for item in amounts.read(f"They owe us {text}.")] == [value]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("$40 per MWh", "MWh"),
        ("$79 a megawatt hour", "megawatt hour"),
        ("$79 a megawatt\nhour", "megawatt hour"),
        ("$79 per\nmegawatt-hour", "megawatt-hour"),
        ("7.9 cents a \n> kilowatt-hour", "kilowatt-hour"),
        ("25 cents/MMBtu", "MMBtu"),
        ("$2.20 a share", "share"),
        ("€12 each", "each"),
        ("$30 an hour", "hour"),
        ("$5 for each watt", "watt"),
        ("$40", ""),
        ("$12 million a year", ""),
    ],
)
def test_read_says_what_a_price_is_for_one_of(text: str, unit: str) -> None:
    """A price per megawatt hour would be compared with one per share."""
    assert [item.unit for item in amounts.read(f"It costs {text}.")] == [unit]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("at today's price of $4.22", "price"),
        ("tickets each at $190", "price"),
        ("raised the cap (from $500", "price"),
        ("rings were trading at\n> $26", "price"),
        ("no offers above $150", "price"),
        ("buy power for five years at $50", "price"),
        ("a cost/MWh ($180)", "price"),
        ("the $250 price cap", "price"),
        ("sell at 12 cents", "price"),
        ("the offer of $1,250,000", "sum"),
        ("$250,000 per year", "sum"),
        ("a price of $2.7 billion", "sum"),
        ("some $12 million a year", "sum"),
        ("$5,000 a year", "price"),
    ],
)
def test_read_tells_prices_by_the_words_before_them(text: str, kind: str) -> None:
    """A quoted price would be taken for money that is owed, or a purchase for a price."""
    assert [item.kind for item in amounts.read(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "EUR 84.50 per pair",
        "EUR 435 per m²",
        "USD 7,900 per tonne",
        "25 cents/MMBtu",
        "$30 an hour",
        "€12 each",
        "EUR 450.00 more a month",
        "EUR 5.900,00 im Monat",
        "12 € pro Stück",
        "120 pairs at EUR 84.50",
        "20 licences @ $99",
    ],
)
def test_read_tells_a_price_per_unit_from_a_sum(text: str) -> None:
    """A price per unit would be added to what is at stake."""
    assert [item.kind for item in amounts.read(text)] == ["price"]


@pytest.mark.parametrize(
    "text",
    [
        "120 pairs for EUR 10,140.00 net",
        "EUR 500 per bank transfer",
        "EUR 500 per our agreement",
        "EUR 500 a few weeks ago",
        "EUR 500 by Friday",
        "we meet at EUR 500",
    ],
)
def test_read_takes_all_else_as_a_sum(text: str) -> None:
    """A total would be left out of what is at stake because of a small word behind it."""
    assert [(str(item.value), item.kind) for item in amounts.read(text)] in ([("500", "sum")], [("10140", "sum")])


@pytest.mark.parametrize(
    "text",
    [
        "we owe 1,234.56",
        "15 % more",
        "order 4711",
        "try 5 times",
        "12.10.2026 EUR",
        "₹1,23,456",
        "USD 1,2,3",
        "a few million dollars",
        "several hundred dollars",
        "a quarter of a million dollars",
        "fifteen cents on the dollar",
        "15 cents on the dollar",
        "customers 500",
        "$" + "9" * 40,
        "EUR",
        "the $-sign",
        "a zero dollar deal",
        "version 2.0.1",
    ],
)
def test_read_finds_no_money_where_none_is_said(text: str) -> None:
    """Figures that are no money would move the value of a matter."""
    assert found(text) == []


def test_read_takes_figures_below_money_for_money() -> None:
    """Only the first room of a list would have a price."""
    text = "Ghent\n\tHotel Acme\t\t$209\n\tHotel Ring   169 \nOslo\n\tFjord\t1,055\n\nIn 2026 we had\t12\n"
    assert found(text) == [("209", "USD", "sum"), ("169", "USD", "sum"), ("1055", "USD", "sum")]


@pytest.mark.parametrize(
    "text",
    [
        "We pay $209\nfor room\t12\nand room\t12",
        "Rent\t$209\n\nPlease call room\t12",
        "a\t$5\nb\t€6\nc\t12",
        "Price\t$84.50\nQuantity\t12\nDays\t12",
        "Price\t$84\nQuantity:\t12\nDays:\t12",
        "Sales\t$84\nYear\t2012\nUnits\t12\nBoxes\t12",
    ],
)
def test_read_takes_no_other_figures_below_for_money(text: str) -> None:
    """Rooms and years would be added to what is at stake."""
    assert not {value for value, *_ in found(text)} & {"12"}


def test_read_finds_money_away_from_its_sign() -> None:
    """The largest sums stand in tables whose signs are set flush."""
    assert found("Costs   $  35,000,000\nin all  $ 191,243,990") == [
        ("35000000", "USD", "sum"),
        ("191243990", "USD", "sum"),
    ]


def test_read_takes_the_currency_from_the_right_side() -> None:
    """The year before a sum would become money."""
    assert found("On 12 October 2026 EUR 500 were paid, in 2027 700 EUR.") == [
        ("500", "EUR", "sum"),
        ("700", "EUR", "sum"),
    ]


@pytest.mark.parametrize("text", ["-$5", "$-5", "-5 USD", "\u22125 USD"])
def test_read_keeps_the_sign(text: str) -> None:
    """A credit would count as a debt."""
    assert found(text) == [("-5", "USD", "sum")]


def test_read_takes_no_dash_between_words_for_a_sign() -> None:
    """A sum behind a dash would be a credit, or be missed."""
    assert found("We pay what was agreed - $10,000.") == [("10000", "USD", "sum")]
    assert found("far smaller -\n-$5, they say") == [("5", "USD", "sum")]


def test_read_gives_two_amounts_for_a_range() -> None:
    """Five to ten million would be five dollars."""
    assert found("$5-10 million") == [("5000000", "USD", "sum"), ("10000000", "USD", "sum")]
    assert found("EUR 3 to 4 million") == [("3000000", "EUR", "sum"), ("4000000", "EUR", "sum")]
    assert found("EUR 20-30 per hour") == [("20", "EUR", "price"), ("30", "EUR", "price")]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("from $30 to $40 per MWh", [("30", "price"), ("40", "price")]),
        ("between $150 and $565 a share", [("150", "price"), ("565", "price")]),
        ("$3, $4 and $5 million", [("3000000", "sum"), ("4000000", "sum"), ("5000000", "sum")]),
        ("$200-to-$300 million", [("200000000", "sum"), ("300000000", "sum")]),
        ("$3 to $4 billion", [("3000000000", "sum"), ("4000000000", "sum")]),
        ("5 to 10 million dollars", [("5000000", "sum"), ("10000000", "sum")]),
        ("10-15 cents", [("0.1", "price"), ("0.15", "price")]),
        ("$500 and $2 million", [("500", "sum"), ("2000000", "sum")]),
        ("$3 to €4 million", [("3", "sum"), ("4000000", "sum")]),
    ],
)
def test_read_gives_both_ends_of_a_range_what_one_of_them_says(text: str, ends: list[tuple[str, str]]) -> None:
    """The lower end of an offer would be three dollars, or a sum where the upper end is a price."""
    values = [(str(item.value), item.kind) for item in amounts.read(text)]
    assert values == ends


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Refund\t($180.00)", "-180"),
        ("Discount  ($1,500)", "-1500"),
        ("the highest cost ($180) in August", "180"),
    ],
)
def test_read_takes_brackets_in_a_column_for_a_credit(text: str, value: str) -> None:
    """A refund in an account would be a debt, or a remark in brackets a refund."""
    assert [str(item.value) for item in amounts.read(text)] == [value]


def test_read_finds_money_far_into_a_long_text() -> None:
    """Only what stands near a currency is looked at: where that begins must not cut a number."""
    text = "1234567 words " * 60 + "and then 1,234,567 dollars" + " more words" * 40 + " for 25 cents"
    assert [str(item.value) for item in amounts.read(text)] == ["1234567", "0.25"]


def test_read_takes_no_count_of_people_for_the_end_of_a_range() -> None:
    """The ten people behind a price would become ten dollars."""
    assert found("$5 to 10 people") == [("5", "USD", "sum")]
    assert found("EUR 500 - 14 days net") == [("500", "EUR", "sum")]


def test_read_spans_the_amount_with_its_unit() -> None:
    """The evidence would not show why a figure is a price."""
    text = "Now USD 7,900 per tonne."
    assert [text[item.start : item.end] for item in amounts.read(text)] == ["USD 7,900 per tonne"]


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("1,234", "1234"),
        ("1.234", "1234"),
        ("1,23", "1.23"),
        ("0,123", "0.123"),
        ("1.234.567", "1234567"),
        (".5", "0.5"),
    ],
)
def test_number_decides_what_a_separator_is(digits: str, value: str) -> None:
    """Thousands and decimals would be mixed up."""
    assert amounts.number(digits) == Decimal(value)


@settings(max_examples=150, deadline=None)
@given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal("999999999.99"), places=2, allow_nan=False))
def test_read_gives_back_what_was_written(value: Decimal) -> None:
    """A sum written in the two common styles would be read as another."""
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text in (f"EUR {english}", f"{german} EUR", f"€{english}"):
        assert [item.value for item in amounts.read(text)] == [value]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="$€ EURkm.,'-/0123456789per each\n", max_size=60))
def test_read_spans_stand_in_the_text_in_order(text: str) -> None:
    """Evidence would point outside the mail, or one figure would count twice."""
    items = amounts.read(text)
    assert all(0 <= item.start < item.end <= len(text) for item in items)
    assert [item.start for item in items] == sorted(item.start for item in items)
