"""The values of Content-Type and Content-Disposition."""

from __future__ import annotations

import pytest

from producer.content_type import media_type


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("text/plain", "text/plain"),
        ("  Text / HTML ; x=y", "text/html"),
        ("(a comment) text/plain (another)", "text/plain"),
        ("attachment; filename=a", "attachment"),
        ("application/pdf name=a.pdf", "application/pdf"),
        ("text", "text"),
        ("", ""),
        (";charset=utf-8", ""),
    ],
)
def test_word_is_read_in_lower_case(value: str, word: str) -> None:
    """Text would be listed as an attachment for a comment or a capital letter."""
    assert media_type(value.encode())[0] == word


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('a/b; charset="utf-8"; boundary="x y"', {"charset": "utf-8", "boundary": "x y"}),
        ("a/b; charset = utf-8 (a comment)", {"charset": "utf-8"}),
        ("a/b; boundary=x y; name=my file.pdf", {"boundary": "x y", "name": "my file.pdf"}),
        (r'a/b; name="C:\TEMP\n.png"', {"name": r"C:\TEMP\n.png"}),
        (r'a/b; name="the \"best\" one"', {"name": 'the "best" one'}),
        ('a/b; name="never closed', {"name": "never closed"}),
        ('a/b; name="x; charset=bogus"; charset=utf-8', {"name": "x; charset=bogus", "charset": "utf-8"}),
        ("a/b; name==?utf-8?Q?Gr=C3=B6=C3=9Fe?=.txt", {"name": "Größe.txt"}),
        ("a/b; x=1; x=2", {"x": "1"}),
        ("application/pdf name=a.pdf", {"name": "a.pdf"}),
    ],
)
def test_parameters_are_read_as_mailers_write_them(value: str, expected: dict[str, str]) -> None:
    """A file would lose its name, or the parts of a mail would not be found."""
    assert dict(media_type(value.encode())[1]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun", {"title": "This is ***fun"}),
        ('a/b; f*0=long; f*1=" name"; f*2=.txt', {"f": "long name.txt"}),
        ("a/b; f*1=b; f*0=a", {"f": "ab"}),
        ("a/b; f*0*=utf-8''Gr%C3; f*1*=%B6%C3%9Fe; f*2=\"%.txt\"", {"f": "Größe%.txt"}),
        ("a/b; f*=iso-8859-1''%A3.txt", {"f": "£.txt"}),
        ("a/b; f*=nonsense''%A3.txt", {"f": "£.txt"}),
        ("a/b; f*=%C3%84.txt", {"f": "Ä.txt"}),
        ("a/b; f*=utf-8'%C3%84.txt", {"f": "utf-8'Ä.txt"}),
        ("a/b; f*0*=utf-8''%zz%4", {"f": "%zz%4"}),
    ],
)
def test_parameters_of_rfc_2231_are_joined_and_decoded(value: str, expected: dict[str, str]) -> None:
    """Names in other scripts, and long ones, would be lost."""
    assert dict(media_type(value.encode())[1]) == expected


def test_raw_8_bit_names_are_read() -> None:
    """Names that old mailers write without coding would be lost."""
    assert media_type("a/b; name=Größe.txt".encode())[1]["name"] == "Größe.txt"
    assert media_type(b"a/b; name=\xa3.txt")[1]["name"] == "£.txt"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("hostile", ['"', "a=", ";x*0*=", "=;", "(", 'x="\\', " "])
def test_hostile_values_take_bounded_time(hostile: str) -> None:
    """One part with a megabyte of marks would hold up the import."""
    word, parameters = media_type(b"a/b;" + hostile.encode() * (1_000_000 // len(hostile)))
    assert word == "a/b"
    assert len(parameters) <= 100
