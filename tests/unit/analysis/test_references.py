"""Numbers and addresses by which things are found again."""

from __future__ import annotations

import pytest

from consumer.analysis.readers import references


def found(text: str) -> list[tuple[str, str]]:
    """Return kind and value of the references in *text*."""
    return [(item.kind, item.value) for item in references.read(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("our purchase order PO-4471 of today", "order", "PO-4471"),
        ("order 45678 is late", "order", "45678"),
        ("Order No. 12", "order", "12"),
        ("Order number: 4711", "order", "4711"),
        ("order #4711", "order", "4711"),
        ("P.O. 77881", "order", "77881"),
        ("Bestellung Nr. 4711", "order", "4711"),
        ("we refer to PO-4471", "order", "PO-4471"),
        ("invoice RE-2026-1187", "invoice", "RE-2026-1187"),
        ("Rechnung RE-2026-1187", "invoice", "RE-2026-1187"),
        ("INV-2231 is open", "invoice", "INV-2231"),
        ("quotation Q-1187", "quote", "Q-1187"),
        ("Angebot 2024/118", "quote", "2024/118"),
        ("Ticket NH-30418", "ticket", "NH-30418"),
        ("case 0099123", "ticket", "0099123"),
        ("contract HV-2021-03", "contract", "HV-2021-03"),
        ("der Mietvertrag HV-2021-03", "contract", "HV-2021-03"),
        ("part no. RW-300", "part", "RW-300"),
        ("Docket No. RP00-241", "docket", "RP00-241"),
        ("phone +49 30 5550 1234", "phone", "493055501234"),
        ("call me on 555-123-4567", "phone", "5551234567"),
        ("Fax: (030) 5550 1234", "phone", "03055501234"),
        ("see https://Ringwerk.example/Shop/.", "url", "ringwerk.example/shop"),
        ("(www.ringwerk.example)", "url", "www.ringwerk.example"),
        ("write to Ann.Weber@acme.example.", "email", "ann.weber@acme.example"),
    ],
)
def test_read_finds_and_normalises(text: str, kind: str, value: str) -> None:
    """An order would not be found again by its number, or stand in the record twice."""
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "please order the part",
        "we would order 300 m² of it",
        "we would order 3000 pairs",
        "in order to pay",
        "order of 2026",
        "the case 2026",
        "a quote of 15%",
        "invoice attached",
        "12 October 2026",
        "from 10 to 12 in 2026-10-14",
        "EUR 10,140.00",
        "48,211 kWh",
    ],
)
def test_read_finds_none_in_quantities_and_words(text: str) -> None:
    """Quantities and years would stand in the record as order numbers."""
    assert found(text) == []


def test_read_gives_overlapping_references_once() -> None:
    """The host of an address or the number of an order would be a second reference."""
    assert found("order PO-4471, https://ringwerk.example/order/4471?x=ann@acme.example") == [
        ("order", "PO-4471"),
        ("url", "ringwerk.example/order/4471?x=ann@acme.example"),
    ]


def test_read_spans_the_value_alone() -> None:
    """A search for the number in the mail would find the word before it."""
    text = "Our order no. RW-20931."
    assert [text[item.start : item.end] for item in references.read(text)] == ["RW-20931"]
