"""Bytes to text where the label may lie."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.encoding import clean, codec_of, decode, one_line


@pytest.mark.parametrize(
    ("data", "label", "expected"),
    [
        (b"plain", "", "plain"),
        ("Größe".encode(), "", "Größe"),
        ("Größe".encode(), "utf-8", "Größe"),
        ("Größe".encode(), '"UTF8"', "Größe"),
        ("Größe".encode(), "us-ascii", "Größe"),
        (b"\xef\xbb\xbfplain", "utf-8", "plain"),
        ("Größe".encode("latin-1"), "iso-8859-1", "Größe"),
        # Windows writers call their charset Latin-1
        (b"\x93quoted\x94 \x80 5", "iso-8859-1", "\u201cquoted\u201d \u20ac 5"),
        ("漢字".encode("gb18030"), "GB2312_CHARSET", "漢字"),
        ("漢字".encode("big5"), "CHINESEBIG5", "漢字"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("注文".encode("iso-2022-jp"), "iso-2022-jp", "注文"),
        ("Hi".encode("utf-16"), "utf-16", "Hi"),
        (b"plain", "x-unknown", "plain"),
    ],
)
def test_decode_reads_the_declared_charset(data: bytes, label: str, expected: str) -> None:
    """Foreign mail would be unreadable, or be called damaged where it is not."""
    assert decode(data, label) == (expected, "")


@pytest.mark.parametrize(
    ("data", "label", "expected", "defect"),
    [
        (b"GBP \xa380", "", "GBP £80", "no charset declared: read as Windows-1252"),
        (b"GBP \xa380", "us-ascii", "GBP £80", "charset 'us-ascii' does not fit: read as Windows-1252"),
        (b"GBP \xa380", "DEFAULT_CHARSET", "GBP £80", "charset 'DEFAULT_CHARSET' does not fit: read as Windows-1252"),
        ("Größe".encode(), "x-unknown", "Größe", "charset 'x-unknown' does not fit: read as UTF-8"),
        ("Größe".encode(), "iso-2022-jp", "Größe", "charset 'iso-2022-jp' does not fit: read as UTF-8"),
        (b"Gr\xf6\xdfe", "utf-8", "Gr\ufffd\ufffde", "charset 'utf-8' does not fit: unreadable bytes replaced"),
    ],
)
def test_decode_guesses_where_the_label_lies_and_says_so(data: bytes, label: str, expected: str, defect: str) -> None:
    """Text would be lost, or a guess would pass for what the sender wrote."""
    assert decode(data, label) == (expected, defect)


@pytest.mark.parametrize(
    "label",
    ["base64", "hex", "rot13", "zlib", "bz2", "quopri", "uu", "punycode", "idna", "unicode_escape", "undefined"],
)
def test_codec_of_knows_no_codec_that_is_no_charset(label: str) -> None:
    """A mail could have its text unpacked, escaped or looked up by the label that it carries."""
    assert codec_of(label) is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40), st.text(max_size=20) | st.sampled_from(["utf-7", "utf-16", "hz", "gb2312", "\udcff"]))
def test_decode_never_raises(data: bytes, label: str) -> None:
    """One mail with an odd label would end the import."""
    text, defect = decode(data, label)
    assert isinstance(text, str)
    assert isinstance(defect, str)


def test_clean_keeps_lines_and_removes_controls() -> None:
    """Terminal commands, NULs or half characters of a mail would reach the screen and the database."""
    assert clean("a\r\nb\rc\td\x00\x1b[2J\ud800e\x7f") == "a\nb\nc\td[2Je"


def test_one_line_is_one_line() -> None:
    """A subject could draw a second line into a table."""
    assert one_line(" a\n\tb\x00 \u2028 c\x0b") == "a b c"


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "iso-8859-15"])
def test_decode_sees_that_a_western_charset_lies(label: str) -> None:
    """Half of the umlauts of the world would be read as two letters each."""
    assert decode("Größe €".encode(), label) == ("Größe €", f"charset '{label}' does not fit: read as UTF-8")
    assert decode("Größe".encode("cp1252"), label) == ("Größe", "")
