"""The header block of a mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis.strategies import datetimes, from_regex, sampled_from

from producer.headers import answered, date_of, ids, message_id, split, without_postmark


def test_split_parts_fields_and_body() -> None:
    """Headers would be read as text, or text as headers."""
    block = split(b"Subject: Rings\r\nTo: a@x.example\r\n\r\nSubject: not this\r\n")
    assert block.fields == {b"subject": [b"Rings"], b"to": [b"a@x.example"]}
    assert block.body == b"Subject: not this\r\n"
    assert (block.known, block.defects) == (True, ())


def test_split_unfolds_long_fields() -> None:
    """References that run over two lines would lose their second half."""
    assert split(b"References: <a@x>\r\n\t<b@x>\n  <c@x>\n\nbody").fields == {b"references": [b"<a@x> <b@x> <c@x>"]}


def test_split_keeps_repeated_fields_in_order() -> None:
    """A second To or Received would overwrite the first."""
    assert split(b"To: a@x\nTO: b@x\n\n").fields == {b"to": [b"a@x", b"b@x"]}


def test_split_ends_the_headers_at_a_line_that_is_no_field() -> None:
    """A mail without the blank line would lose the beginning of its text."""
    block = split(b"Subject: s\nDear Ann,\n\nbye\n")
    assert block.body == b"Dear Ann,\n\nbye\n"
    assert block.defects == ("no blank line after the headers",)


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"To: a\r\nCc: b\r\n\r\none\n\ntwo", b"one\n\ntwo"),
        (b"To: a\nCc: b\n\none\r\n\r\ntwo", b"one\r\n\r\ntwo"),
        (b"To: a\r\nCc: b\n\none\r\n\r\ntwo", b"one\r\n\r\ntwo"),
        (b"To: a\nCc: b\r\n\r\none\n\ntwo", b"one\n\ntwo"),
    ],
)
def test_split_takes_the_first_blank_line_of_either_kind(raw: bytes, body: bytes) -> None:
    """Where line ends are mixed, the text would begin too late and the headers swallow it."""
    assert split(raw).body == body


def test_split_of_headers_alone_has_no_body() -> None:
    """A cut mail would be no mail."""
    assert split(b"Subject: s").fields == {b"subject": [b"s"]}


@pytest.mark.parametrize("line", [b"From : ann@x.example", b">From : ann@x.example", b">>From\t: ann@x.example"])
def test_split_takes_a_field_from_for_a_field_however_an_mbox_quotes_it(line: bytes) -> None:
    """The author of old mail would be taken for a postmark, or be another field in an mbox (RFC 822 §3.2)."""
    for raw in (line + b"\nTo: bo@x.example\n\n", b"To: bo@x.example\n" + line + b"\n\n"):
        assert split(without_postmark(raw)).fields == {b"from": [b"ann@x.example"], b"to": [b"bo@x.example"]}


def test_split_bounds_a_value_and_says_so() -> None:
    """A header of 50 MB would be copied a dozen times."""
    block = split(b"Subject: " + b"x" * 2_000_000 + b"\nTo: a@x.example\n\nbody")
    assert len(block.first(b"subject")) < 1_000_001
    assert block.first(b"to") == b"a@x.example"
    assert block.defects == ("a header longer than 1,000,000 bytes: the rest was not read",)


def test_split_passes_over_a_postmark_among_the_headers() -> None:
    """Mail saved by old programs would lose all fields behind it."""
    assert split(b"Received: x\n>From ann Mon Nov  2 2026\nSubject: s\n\n").fields[b"subject"] == [b"s"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\nSubject: s\n", b"hello world", b'{"subject": 1}', b"# Title\n", b"key: value\n", b"\x00\xff\xfe"],
)
def test_block_is_unknown_without_a_header_of_mail(content: bytes) -> None:
    """Any file of a folder would become an email."""
    assert not split(content).known


@pytest.mark.parametrize("name", [b"From", b"DATE", b"subject", b"Message-Id", b"Received", b"content-type"])
def test_block_is_known_by_one_header_in_any_case(name: bytes) -> None:
    """Mail with few headers would be left out."""
    assert split(name + b" : x\n\n").known


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"\n\r\n",
        b"\xef\xbb\xbf",
        b"From ann@x Mon Nov  2 08:00:00 2026\n",
        b">From ann@x Mon Nov  2 08:00:00 2026\r\n",
        b"\nFrom a\n>From b\n",
    ],
)
def test_without_postmark_leaves_the_mail_alone(before: bytes) -> None:
    """The envelope line of an mbox would become a header, or hide all of them."""
    assert without_postmark(before + b"Subject: s\n\nFrom me\n") == b"Subject: s\n\nFrom me\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<a@x.example>", "a@x.example"),
        (b" < a@x.example > ", "a@x.example"),
        (b"a@x.example", "a@x.example"),
        (b"<a\r\n b@x.example>", "ab@x.example"),
        (b"(comment) <a@x.example> (more)", "a@x.example"),
        (b"<no-at-sign>", "no-at-sign"),
        (b"", None),
        (b"<>", None),
        (b"no at sign", None),
        (b"two@x words@x", None),
        (b"<" + b"a" * 999 + b">", None),
    ],
)
def test_message_id_is_read_without_brackets(value: bytes, expected: str | None) -> None:
    """Answers would not find the mail that they answer, or unrelated mail would share an id."""
    assert message_id(split(b"Message-ID: " + value + b"\nSubject: s\n\n")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a@x> <b@x>", ("a@x", "b@x")),
        ("<a@x><b@x>,<c@x>", ("a@x", "b@x", "c@x")),
        ("<b@x> <a@x> <b@x>", ("b@x", "a@x")),
        ("<a@x> (garbage)", ("a@x",)),
        ("(not <this@x>) <a@x>", ("a@x",)),
        ('"Ann <ann@x>" <a@x>', ("a@x",)),
        ("Message from Ann <ann@x> of Monday <a@x>", ("a@x",)),
        ('<ann@x>\'s message of "Mon, 2 Nov" <a@x>', ("a@x",)),
        ("<a b@x>", ("ab@x",)),
        ("<two words>", ()),
        ("mumble", ()),
        ("<>", ()),
        ("<unfinished@x", ()),
        ("", ()),
    ],
)
def test_ids_are_those_of_emails_alone(text: str, expected: tuple[str, ...]) -> None:
    """Mail would be joined by the address of its author or by a comment, or fall apart by a space."""
    assert ids(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<7.2@x.example>", ("7.2@x.example",)),
        ('Your message of "Mon, 2 Nov 2026" <7.2@x.example>', ("7.2@x.example",)),
        ("Your message of Mon, 2 Nov 2026 <ann@x.example>", ()),
        ("Your message of Monday. <ann7@x.example>", ()),
        ("Your message of Monday <ann@x.example> <7.2@x.example>", ("7.2@x.example",)),
        ("Your message of Monday <LNBBLJKPBEHFEDALKOLC@x.example>", ("LNBBLJKPBEHFEDALKOLC@x.example",)),
        # without prose it is the id that somebody chose
        ("<ann@x.example>", ("ann@x.example",)),
        ("<a@x> <b@x>", ("a@x",)),
        ("<own@x>", ()),
        ("", ()),
    ],
)
def test_answered_takes_no_address_for_an_id(text: str, expected: tuple[str, ...]) -> None:
    """All who answer one person in prose would be joined to one conversation."""
    assert answered(text, without="own@x", people={"ann7@x.example"}) == expected


def test_ids_never_name_the_email_itself() -> None:
    """A mail that refers to itself would be its own parent."""
    assert ids("<a@x> <b@x>", without="a@x") == ("b@x",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 02 Nov 2026 08:30:00 +0100", datetime(2026, 11, 2, 7, 30, tzinfo=UTC)),
        ("Mon, 02 Nov 2026 08:30:00 +0100 (CET)", datetime(2026, 11, 2, 7, 30, tzinfo=UTC)),
        ("2 Nov 2026 08:30 EST", datetime(2026, 11, 2, 13, 30, tzinfo=UTC)),
        ("7 Apr 94 17:35:09 GMT", datetime(1994, 4, 7, 17, 35, 9, tzinfo=UTC)),
        ("Mon, 02 Nov 2026 08:30:00 -0000", datetime(2026, 11, 2, 8, 30, tzinfo=UTC)),
        ("Mon, 02 Nov 2026 08:30:00 EST5EDT", datetime(2026, 11, 2, 13, 30, tzinfo=UTC)),
        ("Mon, 02 Nov 2026 08:30:00.516 +0000 (UTC)", datetime(2026, 11, 2, 8, 30, tzinfo=UTC)),
        ("Mon, 02 Nov 2026 (my (new) watch) 08:30:00 +0000", datetime(2026, 11, 2, 8, 30, tzinfo=UTC)),
        ("2026-11-02T08:30:00+01:00", datetime(2026, 11, 2, 7, 30, tzinfo=UTC)),
        ("Fri, 01 Jan 2100 00:00:00 +0000", datetime(2100, 1, 1, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:30:00 +0100", None),
        ("Mon, 01 Jan 1900 00:00:00 +0000", None),
        ("Mon, 32 Nov 2026 08:30:00 +0000", None),
        ("Mon, 02 Nov 2026 08:30:00 +9999999999", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
        ("", None),
        ("\x00", None),
    ],
)
def test_date_of_reads_what_mailers_write(text: str, expected: datetime | None) -> None:
    """Mail would be sorted by a wrong time, or one bad date would end the import."""
    assert date_of(text) == expected


def test_date_of_keeps_the_zone_of_the_sender() -> None:
    """The sender's own day, to which 'tomorrow' refers, would be lost."""
    found = date_of("Mon, 02 Nov 2026 23:30:00 -0800")
    assert found is not None
    assert found.isoformat() == "2026-11-02T23:30:00-08:00"
    assert found.tzinfo == timezone(timedelta(hours=-8))


@given(
    when=datetimes(min_value=datetime(1960, 1, 1), max_value=datetime(9999, 12, 31)),  # noqa: DTZ001 - the zone follows
    zone=from_regex(r"[+-][0-9]{4}", fullmatch=True),
    frame=sampled_from(["{}", "Mon, {}", " {} (CET)", "{}(x)", "tue,{}"]),
)
def test_date_of_reads_the_usual_form_as_the_library_does(when: datetime, zone: str, frame: str) -> None:
    """The quick way would put mail at another time, or end the import where a zone is none."""
    text = frame.format(f"{when.day} {when:%b %Y %H:%M:%S} {zone}")
    odd = text.replace(" ", "  ")  # which the quick way leaves to the library
    assert date_of(text) == date_of(odd)
