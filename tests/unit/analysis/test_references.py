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
        ("(713) 555-0142", "phone", "7135550142"),
        ("1-800-555-0142", "phone", "18005550142"),
        ("713/555-0142", "phone", "7135550142"),
        ("713.555.0142", "phone", "7135550142"),
        ("write down 713 555 0142", "phone", "7135550142"),
        ("call me at ext. 4-5519", "phone", "45519"),
        ("reach me at x50142", "phone", "50142"),
        ("extension 265", "phone", "265"),
        ("my telephone 234 1 5550142", "phone", "23415550142"),
        ("from Mumbai (01191225550142)", "phone", "01191225550142"),
        ("in Madrid (34 91) 700-9650", "phone", "34917009650"),
        ("order EL00-95-012 of the commission", "docket", "EL00-95-012"),
        ("in R.99-10-025 today", "docket", "R99-10-025"),
        ("I read SB 47X again", "bill_number", "SB47X"),
        ("AB1X passed", "bill_number", "AB1X"),
        ("amendments to SB 47x", "bill_number", "SB47X"),
        ("what AB XX 47 says", "bill_number", "ABXX47"),
        ("(SB 4732-both died)", "bill_number", "SB4732"),
        ("H.R. 4 passed", "bill_number", "HR4"),
        ("S. 2438 passed", "bill_number", "S2438"),
        ("Assembly Bill No. 128", "bill_number", "ASSEMBLYBILL128"),
        ("the bill (82XX) is dead", "bill_number", "82XX"),
        ("Cost Center:                  200417", "account", "200417"),
        ("Kundennummer 20417", "account", "20417"),
        ("Employee ID:\t704411", "other", "704411"),
        ("+ 44 (0)20 5550 0142", "phone", "4402055500142"),
        ("> call +44 (0)20\n> 5550 0143", "phone", "4402055500143"),
        ("call 020-5550 0142", "phone", "02055500142"),
        ("Fax.: 0211/ 5550 01-42", "phone", "021155500142"),
        ("713 555.0142", "phone", "7135550142"),
        ("reach me at 5-0142.", "phone", "50142"),
        ("extension\n5-0142", "phone", "50142"),
        ("Thanks\nLena\n5-0147", "phone", "50147"),
        ("Lena Brandt\n555-0142\n", "phone", "5550142"),
        ("Lena Brandt 5-0148\nAnn", "phone", "50148"),
        ("Cell: 713/ 555-0142", "phone", "7135550142"),
        ("dial (800) \n555-0142, please", "phone", "8005550142"),
        ("Houston\n#(713)-555-0142", "phone", "7135550142"),
        ("T: (212) 555 0142", "phone", "2125550142"),
        ("Ann 617- 555 0142", "phone", "6175550142"),
        ("conference bridge 555-0142", "phone", "5550142"),
        ("her extension is 5-0149", "phone", "50149"),
        ("Ringwerk Japan\n81 3 5555 0142", "phone", "81355550142"),
        ("Lena -- 011-44-171-555-0142", "phone", "011441715550142"),
        ("Request ID          : 00050142", "ticket", "00050142"),
        ("a passcode of 7133550", "other", "7133550"),
        ("Telephone Number:    50142", "phone", "50142"),
        ("Lena Brandt\nringwerk.com \n", "url", "ringwerk.com"),
        ("Participant Code:\t701355", "other", "701355"),
        ("passcode is 7101355", "other", "7101355"),
        ("Host Code (for Lena only): 710135", "other", "710135"),
        ("give me a call at 50142 if you like", "phone", "50142"),
        ("as FERC Order No. 888 says", "other", "ORDER888"),
        ("the ISO filed Amendment No. 40 today", "other", "AMENDMENT40"),
        ("<<Expense Document>> - AB041026", "other", "AB041026"),
        ("Expense Report Name: AB10/26/26", "other", "AB10/26/26"),
        ("the Senate bill 78XX", "bill_number", "78XX"),
        ("fax it to ext. 250142", "phone", "250142"),
        ("call 415-555-0142is", "phone", "4155550142"),
        ("na mobile\n07555501423.", "phone", "07555501423"),
        ("They are:\nring-x.com (the exchange)", "url", "ring-x.com"),
        (
            "http://www.ringwerk.example/index.asp?layout=story&document_id=2050142&channel_of=10\n00001\n\nAnn",
            "url",
            "www.ringwerk.example/index.asp?layout=story&document_id=2050142&channel_of=1000001",
        ),
        ("our flight LH2231", "other", "LH2231"),
        ("account no. 33-4418-2", "account", "33-4418-2"),
        ("4111 1111 1111 1111", "account", "4111111111111111"),
        ("the confirmation number of your order is NB_205517", "order", "NB_205517"),
        ("it is on home.ringwerk.com now", "url", "home.ringwerk.com"),
        ("Visit Ringwerk.com for it", "url", "ringwerk.com"),
        ("ftp://files.ringwerk.example/a.pdf", "url", "files.ringwerk.example/a.pdf"),
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
        "4111 1111 1111 1112",
        "our flow of 713 555 0142 7",
        "Ringwerk.com said so",
        "section AB1 of hall 2",
        "the file HR 2814.pdf",
        "Policy\n\n05/03/2026",
        "call me on 10/14/2026",
        "a mix of 2 and 34",
        "the fax 2026",
        "phone us on 3-4 days",
        "rows 3-2000 of it",
        "pages\n100-1200 follow",
        "a bill of 20XX",
        "an order of 3000 pairs",
        "a request of 2500",
        "the Bill 30-0 passed",
        "my report: 200 pages",
        "12 3 4567 8901 of them",
        "1,450; 600-1200 more",
    ],
)
def test_read_finds_none_in_quantities_and_words(text: str) -> None:
    """Quantities and years would stand in the record as order numbers."""
    assert found(text) == []


def test_read_keeps_extensions_apart() -> None:
    """No telephone could dial the two as one number."""
    assert found("713-555-0142 x318") == [("phone", "7135550142"), ("phone", "318")]


def test_read_joins_no_words_to_a_url() -> None:
    """The link would lead nowhere."""
    url = "http://www.ringwerk.example/" + "a" * 50
    for below in ("please", "Ann", "see b.pdf of it"):
        assert found(f"{url}\n{below}\n") == [("url", url[7:])]


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


@pytest.mark.parametrize(
    "text",
    [
        "To: ann@acme.example, Bo <bo@acme.example>,\n  cy@acme.example",
        "> cc:  ann@acme.example;\n>   bo@acme.example",
        'From: "Weber, Ann" <ann@acme.example> on 11/28/2026 03:49',
        '"Weber, Ann" <ann@acme.example> on 11/28/2026 03:49',
        "Ann Weber [mailto:ann@acme.example]",
        "<ann@acme.example> wrote:",
        "Message-ID: <20261210.AAA365@mail.acme.example>",
        "IMCEANOTES-Ann+20Weber+40acme@ringwerk.example",
        "Ann\n@acme.example      To:   bo@acme.example,\n10/14/2026      cy@acme.example,\n ed@acme.example",
    ],
)
def test_read_finds_no_addresses_in_header_lines(text: str) -> None:
    """All receivers of a forwarded mail would stand in the record as if somebody had named them."""
    assert found(text) == []


def test_read_finds_the_address_below_a_list_of_receivers() -> None:
    """The writer's own address would be lost because a list stands above it."""
    text = "To: Weber, Ann\nEmail: ann@acme.example\n\nWrite to bo@acme.example, please."
    assert found(text) == [("email", "ann@acme.example"), ("email", "bo@acme.example")]


def test_read_takes_bare_digits_beside_an_address_for_a_telephone() -> None:
    """The telephone of somebody in a list of employees would be missing."""
    assert found("WEBER, ANN\nEmail: ann@acme.example - 7135550142") == [
        ("email", "ann@acme.example"),
        ("phone", "7135550142"),
    ]


def test_read_takes_time_in_proportion_to_the_text() -> None:
    """A page of figures, colons or words for telephone must not stop the analysis of all other mail."""
    for text in ("call " * 20_000, "12 34 " * 20_000, "to: a@b " * 15_000, "order 12 " * 12_000, "+1 (" * 30_000):
        assert len(references.read(text)) <= 1_000


@pytest.mark.parametrize(
    "words",
    [
        "Lena's extension 5-0142",
        "ext. 265",
        "Reach me at 5-0142",
        "\n555-0142\n",
        "Telephone number: 55142",
        "lena@ringwerk.example 7135550142",
        "713-555-0142; 555-0143",
        "Docket ER01-889-000",
        "Order No. 888 of the Commission",
        "Amendment No. 12",
        "Report Name: AB041026",
    ],
)
def test_references_are_the_same_amid_a_long_text(words: str) -> None:
    """Numbers are looked for near what must stand beside them: those in a digest would be missed, or cut."""
    before, after = "Rings and boxes. " * 40 + "\n", "\n" + "The plant in Ghent has more of them. " * 40
    expected = [(one.kind, one.value) for one in references.read(words)]
    assert expected
    assert [(one.kind, one.value) for one in references.read(before + words + after)] == expected
