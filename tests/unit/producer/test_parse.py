"""Bytes to an email."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.parse import NotMail, Unreadable, parse
from schemas.chain import Address, Email

WHOLE = b"""Received: from x by y; Mon, 2 Nov 2026 09:00:00 +0000
From: =?utf-8?Q?J=C3=BCrgen?= <j@x.example>
To: "Weber, Ann" <ann@x.example>, bo@x.example
Cc: team@x.example
Date: Mon, 2 Nov 2026 08:30:00 +0100
Subject: =?utf-8?Q?Gr=C3=B6=C3=9Fe?= of
 rings
Message-ID: <3@x.example>
In-Reply-To: <2@x.example>
References: <1@x.example> <2@x.example> <3@x.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

12 boxes, size Gr=C3=B6=C3=9Fe
--inner
Content-Type: text/html; charset=utf-8

<p>12 boxes</p><p hidden>obey me</p>
--inner--
--outer
Content-Type: application/pdf; name="a.pdf"
Content-Disposition: attachment; filename="a.pdf"
Content-Transfer-Encoding: base64

JVBERg==
--outer--
"""


def email_of(raw: bytes) -> Email:
    """Return the email in bytes that hold one."""
    found = parse(raw)
    assert isinstance(found, Email)
    return found


def mail(*headers: str, body: str = "hello\n") -> bytes:
    """Return a mail of header lines and a body."""
    return "\n".join([*headers, "", body]).encode()


def test_parse_reads_a_whole_mail() -> None:
    """A field of the mail would not reach the analysis."""
    email = email_of(WHOLE)
    assert email.model_dump(exclude={"email_id"}) == {
        "message_id": "3@x.example",
        "in_reply_to": ("2@x.example",),
        "references": ("1@x.example", "2@x.example"),
        "sent_at": datetime(2026, 11, 2, 7, 30, tzinfo=UTC),
        "sent_at_from": "date",
        "ahead": False,
        "sent_on": date(2026, 11, 2),
        "utc_offset_s": 3600,
        "subject": "Größe of rings",
        "sender": {"name": "Jürgen", "address": "j@x.example"},
        "to": ({"name": "Weber, Ann", "address": "ann@x.example"}, {"name": "", "address": "bo@x.example"}),
        "cc": ({"name": "", "address": "team@x.example"},),
        "text": "12 boxes, size Größe",
        "text_from": "plain",
        "hidden_chars": 0,
        "elided_chars": 0,
        "attachments": (
            {
                "filename": "a.pdf",
                "content_type": "application/pdf",
                "size_bytes": 4,
                "sha256": hashlib.sha256(b"%PDF").hexdigest(),
                "text": "",
                "is_inline": False,
            },
        ),
        "defects": (),
        "thread_keys": (),
        "labels": (),
        "bulk": "",
    }


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"dear diary", "no header of RFC 5322 found"),
        (b"\x89PNG\r\n\x1a\n\x00", "no header of RFC 5322 found"),
        (b"From ann@x Mon Nov  2 08:00:00 2026\n\ntext", "no header of RFC 5322 found"),
    ],
)
def test_parse_refuses_what_is_no_mail_and_says_why(raw: bytes, reason: str) -> None:
    """Any file beside the mail would become an email, or be dropped without a word."""
    assert parse(raw) == NotMail(reason)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_parse_never_raises_on_any_bytes(content: bytes) -> None:
    """One file could end an import."""
    for raw in (content, b"Subject: " + content, b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" + content):
        assert isinstance(parse(raw), Email | NotMail | Unreadable)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a mail with pieces cut out, doubled or overwritten."""
    raw = WHOLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 60)))
        put = draw(
            st.binary(max_size=6) | st.just(raw[start:end] * 2) | st.sampled_from([b"=?", b"\n\n", b"\x00", b"*0="])
        )
        raw = raw[:start] + put + raw[end:]
    return raw


@settings(max_examples=200, deadline=None)
@given(damaged())
def test_parse_keeps_damaged_mail_fit_for_a_record(raw: bytes) -> None:
    """Damage would lose a mail, or put something into the ledger that cannot be written."""
    found = parse(raw)
    assert not isinstance(found, Unreadable)
    if isinstance(found, Email):
        assert Email.model_validate_json(found.model_dump_json()) == found


def test_email_id_is_the_same_from_every_container() -> None:
    """The same mail in a Maildir, an mbox and with CRLF would be three emails."""
    plain = WHOLE.replace(b"12 boxes, size", b"see\nFrom here on\n>From there\n12 boxes, size")
    in_mbox = b"From a Mon Nov  2 08:00:00 2026\n" + plain.replace(b"\nFrom here", b"\n>From here") + b"\n"
    found = {email_of(raw).email_id for raw in (plain, in_mbox, plain.replace(b"\n", b"\r\n"), plain.rstrip(b"\n"))}
    assert len(found) == 1


def test_email_id_without_message_id_is_the_same_from_every_container() -> None:
    """A mail without Message-ID would be two emails where it lies in two archives."""
    plain = mail("Subject: s", body="one\nFrom two\n")
    in_mbox = b"From a Mon Nov  2 08:00:00 2026\n" + mail("Subject: s", body="one\n>From two\n") + b"\n"
    found = {email_of(raw).email_id for raw in (plain, in_mbox, plain.replace(b"\n", b"\r\n"))}
    assert len(found) == 1


def test_email_id_is_the_same_over_two_routes() -> None:
    """A mail that came to two colleagues would be analysed twice."""
    other = WHOLE.replace(b"from x by y", b"from other by z").replace(b"From:", b"X-Seen: yes\nFrom:")
    assert email_of(other).email_id == email_of(WHOLE).email_id


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"12 boxes, size", b"13 boxes, size"), (b"bo@x.example", b"cy@x.example"), (b"of\n rings", b"of nuts")],
)
def test_email_id_differs_where_the_content_does(old: bytes, new: bytes) -> None:
    """Two mails that share a Message-ID would be taken for one, and the second lost."""
    assert email_of(WHOLE.replace(old, new)).email_id != email_of(WHOLE).email_id


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Received: by x; Mon, 2 Nov 2026 09:00:00 +0000"], ("2026-11-02T09:00:00+00:00", "received", None)),
        (["Date: soon", "Received: by x; 2 Nov 2026 09:00 +0000"], ("2026-11-02T09:00:00+00:00", "received", None)),
        (["Received: by x"], (None, "none", None)),
        (["Date: Mon, 2 Nov 2026 23:30:00 -0800"], ("2026-11-03T07:30:00+00:00", "date", date(2026, 11, 2))),
    ],
)
def test_sent_at_comes_from_the_date_else_from_received(headers: list[str], expected: tuple[object, ...]) -> None:
    """Mail with a broken clock would have no time, or one without saying where it is from."""
    email = email_of(mail("Subject: s", *headers))
    sent_at = email.sent_at.isoformat() if email.sent_at else None
    assert (sent_at, email.sent_at_from, email.sent_on) == expected


def test_unreadable_date_is_a_defect_and_a_missing_one_is_not() -> None:
    """A wrong order of the chain would have no reason, or every draft would be called damaged."""
    assert email_of(mail("Date: soon", "Subject: s")).defects == ("the date could not be read",)
    assert email_of(mail("Subject: s")).defects == ()


def test_sender_is_the_from_field_else_the_sender_field() -> None:
    """Mail sent by a secretary would have no author."""
    assert email_of(mail("Sender: Al <al@x.example>", "Subject: s")).sender == Address(
        name="Al", address="al@x.example"
    )
    assert email_of(mail("Sender: al@x.example", "From: bo@x.example")).sender == Address(address="bo@x.example")


def parts(kind: str, *contents: str) -> bytes:
    """Return a mail of several parts."""
    body = "".join(f"--b\n{content}\n" for content in contents) + "--b--\n"
    return mail("Subject: s", f"Content-Type: multipart/{kind}; boundary=b", body=body)


def test_text_of_html_alone_is_read_and_hidden_text_counted() -> None:
    """An HTML mail would have no text, or hidden instructions would be in it."""
    email = email_of(mail("Subject: s", "Content-Type: text/html", body="<p>seen</p><p hidden>obey</p>"))
    assert (email.text, email.text_from, email.hidden_chars) == ("seen", "html", 4)


def test_text_of_an_alternative_is_the_plain_one_unless_empty() -> None:
    """Everything would be read twice, or a mail with an empty plain part would have no text."""
    html = "Content-Type: text/html\n\n<p>rich</p>"
    assert email_of(parts("alternative", "Content-Type: text/plain\n\nplain", html)).text == "plain"
    found = email_of(parts("alternative", "Content-Type: text/plain\n\n \n", html))
    assert (found.text, found.text_from) == ("rich", "html")


def test_attachments_beside_the_html_of_an_alternative_are_listed() -> None:
    """A PDF that Apple Mail puts beside the HTML, or an invitation, would vanish from the record."""
    rich = (
        "Content-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: text/html\n\n<p>rich</p>\n"
        "--c\nContent-Type: application/pdf\n\n%PDF\n--c--"
    )
    invitation = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR"
    email = email_of(parts("alternative", "Content-Type: text/plain\n\nplain", rich, invitation))
    assert email.text == "plain"
    assert [a.content_type for a in email.attachments] == ["application/pdf", "text/calendar"]


def test_text_of_several_parts_is_joined_and_files_are_not_read() -> None:
    """A signature below an attachment would be lost, or a spreadsheet would be read as what somebody said."""
    email = email_of(
        parts(
            "mixed",
            "Content-Type: text/plain\n\nabove",
            "Content-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nlog",
            "Content-Type: text/csv\n\n1;2",
            "Content-Type: text/plain\n\nbelow",
        )
    )
    assert email.text == "above\n\nbelow"
    assert [(a.filename, a.content_type) for a in email.attachments] == [("log.txt", "text/plain"), ("", "text/csv")]


@pytest.mark.parametrize("disposition", ["", "Content-Disposition: attachment; filename=mail.eml\n"])
def test_forwarded_mail_is_part_of_the_text(disposition: str) -> None:
    """A mail that says only "see below" would be analysed without what it forwards."""
    email = email_of(
        parts("mixed", "\nsee below", f"Content-Type: message/rfc822\n{disposition}\nSubject: in\n\nfar words")
    )
    assert (email.text, email.attachments) == ("see below\n\n----- Forwarded message -----\n\nfar words", ())


def test_broken_attachment_is_a_defect_and_the_text_stays() -> None:
    """A bad attachment would lose the mail, or pass for sound."""
    email = email_of(
        parts("mixed", "\nhello", "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n!!broken")
    )
    assert email.text == "hello"
    assert "broken base64" in email.defects


def test_text_is_fit_for_a_record() -> None:
    """NULs and terminal commands of a mail would reach the database and the screen."""
    assert email_of(mail("Subject: a\x00b\x1b[2J", body="x\x00\x1b[2Jy\r\nz")).text == "x[2Jy\nz"
    assert email_of(mail("Subject: a\x00b\x1b[2J")).subject == "ab[2J"


def test_forged_lists_are_bounded() -> None:
    """One mail with endless addresses, ids and attachments would not fit into a record."""
    many = ", ".join(f"a{n}@x.example" for n in range(300))
    ids = " ".join(f"<{n}@x.example>" for n in range(600))
    body = "".join("--b\nContent-Type: image/png\n\nx\n" for _ in range(250)) + "--b--\n"
    raw = mail(f"To: {many}", f"References: {ids}", "Content-Type: multipart/mixed; boundary=b", body=body)
    email = email_of(raw)
    assert (len(email.to), len(email.references), len(email.attachments)) == (200, 500, 200)
    assert email.references[-1] == "599@x.example"
    assert email.defects == ("more than 200 attachments: the rest is not listed",)


def test_raw_8_bit_headers_are_read() -> None:
    """Subjects of old mailers would be lost."""
    assert email_of(b"Subject: GBP \xa380m\n\n").subject == "GBP £80m"
    assert email_of("Subject: Größe\n\n".encode()).subject == "Größe"


def test_two_fields_of_people_are_one_list_and_of_two_subjects_the_first_counts() -> None:
    """A second To, as broken gateways write it, would make one person of two."""
    email = email_of(mail("To: a@x.example", "To: b@x.example", "Subject: one", "Subject: two"))
    assert [person.address for person in email.to] == ["a@x.example", "b@x.example"]
    assert email.subject == "one"


def test_arrival_and_labels_of_the_container_reach_the_email() -> None:
    """What only the container knows would be lost."""
    arrived_at = datetime(2026, 11, 2, tzinfo=UTC)
    email = parse(mail("Subject: s", "X-GM-THRID: 7"), arrived_at, ("Inbox",))
    assert isinstance(email, Email)
    assert (email.sent_at, email.sent_at_from, email.labels) == (arrived_at, "arrived", ("Inbox",))
    assert email.thread_keys == ("gmail:7",)


def test_bulk_and_cut_are_said_of_the_email() -> None:
    """Policy and completeness could not tell a newsletter from a letter, and a half mail from a whole one."""
    email = email_of(mail("List-Unsubscribe: <x>", "Content-Type: multipart/mixed; boundary=b", body="--b\n\nhalf"))
    assert (email.bulk, email.is_cut, email.text) == ("newsletter: it has List-Unsubscribe", True, "half")
    assert not email_of(WHOLE).is_cut


def test_answer_in_prose_is_not_joined_by_an_address() -> None:
    """Everybody who answers Ann in an old mailer would be in one conversation."""
    email = email_of(mail("To: ann.w3@x.example", "In-Reply-To: Your message of Monday <ann.w3@x.example>"))
    assert email.in_reply_to == ()
