"""The bytes on the topics."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.chain import Address, Attachment, Chain, Completeness, Email
from schemas.wire import DecodeError, decode, encode, encode_packed, header_map, headers_of_chain
from tests.ledgers import chain as ledger_chain

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
ADDRESSES = st.builds(Address, name=WORDS, address=WORDS)
ATTACHMENTS = st.builds(
    Attachment,
    filename=WORDS,
    content_type=WORDS,
    size_bytes=st.integers(0, 1 << 40),
    sha256=st.just("0" * 64),
    text=WORDS,
    is_inline=st.booleans(),
)
EMAILS = st.builds(
    Email,
    email_id=WORDS,
    message_id=st.none() | WORDS,
    references=st.lists(WORDS, max_size=3).map(tuple),
    sent_at=st.none() | TIMES,
    sent_at_from=st.sampled_from(["date", "received", "arrived", "none"]),
    ahead=st.booleans(),
    sent_on=st.none() | st.dates(),
    utc_offset_s=st.none() | st.integers(-50_000, 50_000),
    subject=WORDS,
    sender=st.none() | ADDRESSES,
    to=st.lists(ADDRESSES, max_size=2).map(tuple),
    text=WORDS,
    attachments=st.lists(ATTACHMENTS, max_size=2).map(tuple),
    defects=st.lists(WORDS, max_size=2).map(tuple),
    thread_keys=st.lists(WORDS, max_size=2).map(tuple),
    labels=st.lists(WORDS, max_size=2).map(tuple),
    bulk=WORDS,
)
CHAINS = st.builds(
    Chain,
    chain_id=WORDS,
    revision=st.integers(1, (1 << 31) - 1),
    chain_hash=WORDS,
    subject=WORDS,
    newest_email_at=st.none() | TIMES,
    completeness=st.builds(
        Completeness, score=st.floats(0, 1, allow_nan=False), missing=st.lists(WORDS, max_size=2).map(tuple)
    ),
    emails=st.lists(EMAILS, min_size=1, max_size=3).map(tuple),
)
VERSION = {"schema-version": "1"}


def chain(**changes: object) -> Chain:
    """Return a small chain."""
    fields: dict[str, object] = {
        "chain_id": "c0ffee",
        "revision": 3,
        "chain_hash": "beef",
        "subject": "Größe",
        "newest_email_at": datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
        "completeness": Completeness(score=1),
        "emails": (Email(email_id="e1", message_id="a@x.example"),),
    }
    return Chain.model_validate(fields | changes)


@settings(max_examples=60, deadline=None)
@given(CHAINS)
def test_decode_gives_back_what_encode_was_given(value: Chain) -> None:
    """A consumer would analyse something else than the producer read."""
    assert decode(encode(value), VERSION) == value


def test_decode_keeps_the_moment_of_a_time_in_another_zone() -> None:
    """Mail would move in time by the offset of its writer."""
    india = timezone(timedelta(hours=5, minutes=30))
    value = encode(chain(newest_email_at=datetime(2026, 11, 2, 14, 0, tzinfo=india)))
    assert decode(value, VERSION).newest_email_at == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def test_encode_is_plain_json_in_utf8_without_defaults() -> None:
    """Other programs could not read the topic, or every record would carry dozens of empty fields."""
    fields = json.loads(encode(chain()).decode("utf-8"))
    assert fields["subject"] == "Größe"
    assert fields["emails"] == [{"email_id": "e1", "message_id": "a@x.example"}]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "schema-version (none) is not 1"),
        ({"schema-version": "2"}, "schema-version 2 is not 1: upgrade chainmail"),
        ({"schema-version": ""}, "schema-version  is not 1"),
    ],
)
def test_decode_refuses_another_version_and_says_what_to_do(headers: dict[str, str], words: str) -> None:
    """A record of a future version would be misread in silence."""
    with pytest.raises(DecodeError, match=words.replace("(", r"\(").replace(")", r"\)")):
        decode(encode(chain()), headers)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"", "not a chain: value: "),
        (b"\xff\xfe", "not a chain: value: "),
        (b"[]", "not a chain: value: "),
        (b'{"chain_id": "c"}', "not a chain: revision: Field required"),
        (encode(chain()).replace(b'"revision":3', b'"revision":0'), "not a chain: revision: "),
        (encode(chain()).replace(b'"email_id":"e1"', b'"email_id":7'), "not a chain: emails.0.email_id: "),
        (encode(chain()).replace(b'"email_id"', b'"surprise":1,"email_id"'), "not a chain: emails.0.surprise: "),
        (encode(chain()).replace(b"2026-11-02T08:30:00Z", b"2026-11-02T08:30:00"), "not a chain: newest_email_at: "),
    ],
)
def test_decode_names_the_field_that_is_wrong(value: bytes, words: str) -> None:
    """A dead letter would not say what is the matter with it."""
    with pytest.raises(DecodeError) as raised:
        decode(value, VERSION)
    assert str(raised.value).startswith(words)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_decode_raises_nothing_but_decode_errors(value: bytes) -> None:
    """Foreign bytes on the topic would stop the member instead of becoming a dead letter."""
    with pytest.raises(DecodeError):
        decode(value, VERSION)


def test_decode_error_does_not_repeat_the_mail() -> None:
    """Private text would stand in logs and error messages."""
    with pytest.raises(DecodeError) as raised:
        decode(b'{"chain_id": ["top secret"]}', VERSION)
    assert "secret" not in str(raised.value)


def test_headers_of_chain_are_those_of_the_contract() -> None:
    """A consumer would not know the ledger, the revision or the trace without reading the value."""
    headers = headers_of_chain(chain(), ledger="l1", trace={"traceparent": "00-aa-bb-01"})
    assert headers == [
        ("schema-version", b"1"),
        ("content-type", b"application/json"),
        ("ledger", b"l1"),
        ("chain-revision", b"3"),
        ("chain-hash", b"beef"),
        ("newest-email-at", b"2026-11-02T08:30:00+00:00"),
        ("traceparent", b"00-aa-bb-01"),
    ]


def test_headers_of_chain_leave_an_unknown_time_empty() -> None:
    """A chain without dates could not be published."""
    assert ("newest-email-at", b"") in headers_of_chain(chain(newest_email_at=None), ledger="l1", trace={})


def test_header_map_lets_the_last_of_a_repeated_name_count() -> None:
    """A proxy that appends its own traceparent would be overruled by the older one."""
    assert header_map([("traceparent", b"old"), ("x", b"1"), ("traceparent", b"new")]) == {
        "traceparent": "new",
        "x": "1",
    }


def test_header_map_reads_missing_and_broken_values() -> None:
    """A header of another program without a value, or not in UTF-8, would stop the member."""
    assert header_map([("empty", None), ("broken", b"a\xff")]) == {"empty": "", "broken": "a\ufffd"}


def test_day_of_the_sender_survives_the_topic() -> None:
    """The consumer would resolve 'tomorrow' against the wrong day."""
    email = Email(email_id="e1", message_id=None, sent_on=date(2026, 11, 2))
    assert decode(encode(chain(emails=(email,))), VERSION).emails[0].sent_on == date(2026, 11, 2)


def test_packed_emails_decode_to_the_same_chain() -> None:
    """A chain put together from stored emails would be another than the one that was stored."""
    of = ledger_chain("packed", revision=3)
    head = of.model_dump(mode="json", exclude={"emails"})
    packed = [email.model_dump_json(exclude_defaults=True).encode() for email in of.emails]
    assert decode(encode_packed(head, packed), {"schema-version": "1"}) == of
