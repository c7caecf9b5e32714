"""Encoded-words in header values."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.words import base64_bytes, decode_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain words", "Plain words"),
        ("=?utf-8?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?UTF-8?b?R3LDtsOfZQ==?=", "Größe"),
        ("=?iso-8859-1?q?a_b=5F?=", "a b_"),
        ("Re: =?utf-8?Q?Gr=C3=B6=C3=9Fe?= now", "Re: Größe now"),
        # RFC 2047 §6.2: white space between two encoded-words is not shown
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?=\t  =?iso-8859-1?Q?=E4?=", "aä"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        # a character cut in two by the mailer
        ("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?B?R3LD?= =?UTF-8?B?tsOfZQ==?=", "Größe"),
        # RFC 2231 §5: a language
        ("=?utf-8*de?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        # broken by mailers
        ("=?utf-8?Q?a b?=", "a b"),
        ("=?utf-8?B?R3LDtsOfZQ?=", "Größe"),
        ("x=?utf-8?Q?=C3=B6?=y", "xöy"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q?never ends", "=?utf-8?Q?never ends"),
        ("=?x-unknown?Q?=C3=B6?=", "ö"),
        ("=?us-ascii?Q?=A3?=80", "£80"),
        ("=?utf-8?Q??=", ""),
        ("", ""),
    ],
)
def test_decode_words_reads_what_mailers_write(text: str, expected: str) -> None:
    """Subjects and names would be shown in code, or lose their spaces and umlauts."""
    assert decode_words(text) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("=?utf-8QBqb_ \n\udcffÄ"), max_size=60))
def test_decode_words_never_raises(text: str) -> None:
    """One odd subject would end the import."""
    assert "=?" in text or decode_words(text) == text
    assert isinstance(decode_words(text), str)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_base64_bytes_reads_what_is_left_of_base64(content: bytes) -> None:
    """Lost padding or a stray mark would lose an attachment."""
    written = base64.b64encode(content).decode()
    assert base64_bytes("!\n".join(written.rstrip("="))) == content


def test_base64_bytes_drops_a_letter_that_is_too_many() -> None:
    """A cut attachment would end the import."""
    assert base64_bytes("YWJjZ") == b"abc"


def test_raw_letters_in_an_encoded_word_are_of_its_charset() -> None:
    """Names of old mailers, which leave letters raw within the word, would be garbled."""
    assert decode_words("=?iso-8859-1?Q?Fr\xf6sche=FC?=") == "Fröscheü"
    assert decode_words("=?utf-8?Q?Fr\xf6sche?=") == "Frösche"
