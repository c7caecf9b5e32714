"""Encoded-words in header values to text (RFC 2047), also where mailers break the rules."""

from __future__ import annotations

import binascii
import re

from producer.encoding import codec_of, decode

#: Mailers write longer words than RFC 2047 §2 allows; the bound keeps hostile headers linear.
_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?(.{0,2000}?)\?=", re.DOTALL)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def decode_words(text: str) -> str:
    """Return *text* with its encoded-words decoded; never raises.

    Neighbours of one charset are joined as bytes first, because mailers cut characters in two;
    white space between two encoded-words goes (RFC 2047 §6.2), words in the midst of other text count.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    held, held_charset, end = b"", "", 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        charset = match[1].partition("*")[0]  # RFC 2231 §5 puts a language behind a star
        if between.strip() or not end or charset.lower() != held_charset.lower():
            out += [decode(held, held_charset)[0] if end else "", between if between.strip() or not end else ""]
            held = b""
        held, held_charset, end = held + _bytes_of(match[2], match[3], charset), charset, match.end()
    if not end:
        return text
    return "".join([*out, decode(held, held_charset)[0], text[end:]])


def _bytes_of(encoding: str, value: str, charset: str) -> bytes:
    if encoding in "qQ":
        # Raw 8-bit letters in a word were read already: they go back to the bytes of the word's own charset.
        codec = "ascii" if value.isascii() else codec_of(charset) or "utf-8"
        return binascii.a2b_qp(value.encode(codec, "replace"), header=True)
    return base64_bytes(value)


def base64_bytes(value: str) -> bytes:
    """Return what can be decoded of base64 text: foreign characters are passed over (RFC 2045 §6.8), padding mended."""
    letters = _NOT_BASE64.sub("", value)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
