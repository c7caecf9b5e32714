"""Bytes to a tree of parts."""

from __future__ import annotations

import pytest

from producer.headers import split
from producer.mime import MAX_DEPTH, MAX_PARTS, Part
from producer.mime import tree as tree_of


def tree(raw: bytes) -> Part:
    """Return the tree of a mail in its bytes."""
    return tree_of(split(raw))


def mail(*headers: str, body: str | bytes) -> bytes:
    """Return a mail of header lines and a body."""
    content = body.encode() if isinstance(body, str) else body
    return "\n".join(["Subject: s", *headers]).encode() + b"\n\n" + content


def mixed(*parts: str) -> bytes:
    """Return a mail of several parts."""
    body = "".join(f"--b\n{part}\n" for part in parts)
    return mail("Content-Type: multipart/mixed; boundary=b", body=f"{body}--b--\n")


def nested(levels: int) -> bytes:
    """Return a mail whose text lies *levels* multiparts deep."""
    content = b"Content-Type: text/plain\n\ndeep\n"
    for level in range(levels):
        mark = b"b%d" % level
        content = b"Content-Type: multipart/mixed; boundary=%b\n\n--%b\n%b\n--%b--\n" % (mark, mark, content, mark)
    return b"Subject: s\n" + content


def leaves(part: Part) -> list[Part]:
    """Return the parts without children."""
    return [leaf for child in part.children for leaf in leaves(child)] or [part]


def all_defects(part: Part) -> list[str]:
    """Return the defects of a tree."""
    return [*part.defects, *(defect for child in part.children for defect in all_defects(child))]


def test_tree_of_plain_text_is_one_part() -> None:
    """A mail without MIME headers would have no text (RFC 2045 §5.2)."""
    part = tree(mail(body="hello"))
    assert (part.content_type, part.charset, part.content, part.children) == ("text/plain", "", b"hello", ())


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain; charset=UTF-8", "UTF-8"),
        ('text/plain; charset="iso-8859-1"; format=flowed', "iso-8859-1"),
        ("text/plain; format=flowed; Charset = koi8-r", "koi8-r"),
        ('text/plain; name="x; charset=bogus"; charset=utf-8', "utf-8"),
        ("text/plain; charset*=us-ascii'en'utf-8", "utf-8"),
        ("text/plain", ""),
    ],
)
def test_tree_reads_the_charset(content_type: str, charset: str) -> None:
    """Text would be read in the charset that a file name mentions, or in none."""
    assert tree(mail(f"Content-Type: {content_type}", body="x")).charset == charset


def test_tree_undoes_the_transfer_encodings() -> None:
    """Text and attachments would be kept in their coded form."""
    part = tree(
        mixed(
            "Content-Transfer-Encoding: quoted-printable\n\nGr=C3=B6=\n=C3=9Fe",
            'Content-Type: application/pdf; name="=?utf-8?Q?Angebot_=C3=84?=.pdf"\n'
            "Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERg==",
        )
    )
    text, pdf = leaves(part)
    assert text.content.strip() == "Größe".encode()
    assert (pdf.content_type, pdf.filename, pdf.is_attachment, pdf.content) == (
        "application/pdf",
        "Angebot Ä.pdf",
        True,
        b"%PDF",
    )
    assert all_defects(part) == []


def test_tree_names_broken_base64_and_keeps_the_other_parts() -> None:
    """One damaged attachment would lose the whole mail, or pass for sound."""
    part = tree(
        mixed(
            "Content-Type: text/plain; charset=utf-8\n\nhello",
            "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nYWJj!!ZGVm=broken=",
        )
    )
    text, image = leaves(part)
    assert text.content.strip() == b"hello"
    assert (image.content_type, image.content[:6], image.defects) == ("image/png", b"abcdef", ("broken base64",))


def test_tree_by_the_stdlib_keeps_forwarded_mail_and_names() -> None:
    """Where one attachment is broken, the others would lose their names and forwarded mail its text."""
    part = tree(
        mixed(
            "Content-Type: message/rfc822\n\nSubject: inner\n\nforwarded",
            "Content-Type: text/csv; charset=latin1\n"
            "Content-Disposition: attachment; filename*=utf-8''%C3%84.csv\n\na;b",
            "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n!",
        )
    )
    forwarded, table, image = leaves(part)
    assert forwarded.content.strip() == b"forwarded"
    assert (table.filename, table.is_attachment, table.charset) == ("Ä.csv", True, "latin1")
    assert image.content == b""


def test_tree_reads_forwarded_mail_as_parts() -> None:
    """A forwarded mail would be an attachment that nobody reads."""
    (forwarded,) = tree(mixed("Content-Type: message/rfc822\n\nSubject: inner\n\nforwarded")).children
    assert forwarded.content_type == "message/rfc822"
    assert leaves(forwarded)[0].content.strip() == b"forwarded"


@pytest.mark.parametrize("levels", [1, MAX_DEPTH])
def test_tree_reads_deep_nesting(levels: int) -> None:
    """A mail forwarded many times would lose its text."""
    (leaf,) = leaves(tree(nested(levels)))
    assert leaf.content.strip() == b"deep"


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 300, 3_000])
def test_tree_says_where_it_stops_reading(levels: int) -> None:
    """A hostile mail would overflow the stack, or lose its text in silence."""
    assert "parts nested more than 100 deep were not read" in all_defects(tree(nested(levels)))


def test_tree_without_the_boundary_it_announces_is_kept() -> None:
    """A mail cut in the middle would be lost."""
    part = tree(mail("Content-Type: multipart/mixed; boundary=never", body="text"))
    assert all(isinstance(leaf, Part) for leaf in leaves(part))


def test_tree_says_that_the_last_boundary_is_missing() -> None:
    """A mail cut by a full disk would pass for whole."""
    part = tree(mail("Content-Type: multipart/mixed; boundary=b", body="--b\n\none\n--b\n\ntwo"))
    assert [leaf.content for leaf in leaves(part)] == [b"one", b"two"]
    assert all_defects(part) == ["cut: the last boundary of a multipart is missing"]
    assert all_defects(tree(mixed("\none", "\ntwo"))) == []


def test_tree_without_any_boundary_is_read_as_text_and_named() -> None:
    """The text of a mail whose boundary was lost would not be read."""
    part = tree(mail("Content-Type: multipart/mixed; boundary=b", body="all there is"))
    assert [leaf.content for leaf in leaves(part)] == [b"all there is"]
    assert all_defects(part) == ["cut: a multipart without its boundaries"]


def test_tree_takes_the_boundary_that_stands_there() -> None:
    """Mailers that write another boundary than they announce would lose all parts."""
    part = tree(
        mail(
            'Content-Type: multipart/mixed; boundary="=one"', body="--= one\nContent-Type: text/html\n\n<p>x\n--= one--"
        )
    )
    assert [(leaf.content_type, leaf.content) for leaf in leaves(part)] == [("text/html", b"<p>x")]
    assert all_defects(part) == ["a multipart with another boundary than it says"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tree_gives_the_line_end_before_a_boundary_to_the_boundary(end: str) -> None:
    """Attachments would have two bytes too many, and another hash (RFC 2046 §5.1.1)."""
    raw = mixed("Content-Type: image/png\n\nx\n").replace(b"\n", end.encode())
    (leaf,) = leaves(tree(raw))
    assert leaf.content == b"x" + end.encode()


def test_tree_tells_boundaries_that_begin_alike() -> None:
    """The inner multipart would end the outer one."""
    inner = "Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\ninner\n--bb--"
    assert [leaf.content for leaf in leaves(tree(mixed(inner, "\nouter\n--b no boundary")))] == [
        b"inner",
        b"outer\n--b no boundary",
    ]


def test_tree_reads_a_digest_as_mails() -> None:
    """The mails of a digest would be read as text (RFC 2046 §5.1.5)."""
    raw = mail("Content-Type: multipart/digest; boundary=b", body="--b\n\nSubject: inner\n\nwords\n--b--")
    (forwarded,) = tree(raw).children
    assert (forwarded.content_type, leaves(forwarded)[0].content) == ("message/rfc822", b"words")


def test_tree_reads_forwarded_mail_in_base64() -> None:
    """Exchange codes forwarded mail against the rules; it would be an attachment that nobody reads."""
    raw = mixed("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogcwoKd29yZHM=")
    (leaf,) = leaves(tree(raw))
    assert leaf.content == b"words"


@pytest.mark.timeout(20)
def test_tree_of_countless_parts_is_bounded_and_says_so() -> None:
    """A mail of a million empty parts would fill the memory."""
    part = tree(mail("Content-Type: multipart/mixed; boundary=b", body="--b\n\n" * 200_000))
    assert len(part.children) == MAX_PARTS - 1
    assert all_defects(part) == ["more than 1000 parts: the rest was not read"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("boundary", ["-", "b", "=_x y"])
@pytest.mark.parametrize("line", ["--{}x\n", "-", "--{}", "\n", "--{}\nContent-Type: multipart/mixed; boundary={}\n\n"])
def test_tree_takes_hostile_boundaries_in_bounded_time(boundary: str, line: str) -> None:
    """Lines that look like boundaries would hold up the import for hours."""
    line = line.replace("{}", boundary)
    raw = mail(f'Content-Type: multipart/mixed; boundary="{boundary}"', body=line * (2_000_000 // len(line)))
    assert tree(raw).content_type == "multipart/mixed"
