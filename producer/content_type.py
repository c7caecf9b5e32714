"""The values of Content-Type and Content-Disposition: a word and its parameters (RFC 2045 §5.1, RFC 2183, RFC 2231).

Comes in: the raw value of the field. Goes out: the word in lower case, and the parameters as text, with continuations
joined and charsets undone; what mailers write against the rules (names in spaces, encoded-words, 8-bit) is read too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from producer.encoding import decode, one_line
from producer.words import decode_words

#: A longer value is no word: nothing but an attack fills it.
_MAX_VALUE_BYTES = 16_384
_MAX_PARAMETERS = 100
_WORD = re.compile(r"\s*([^\s/;()]+)(?:\s*/\s*([^\s/;()]+))?")
_COMMENT = re.compile(r"\([^()]*\)")
_PARAMETER = re.compile(r"""([^\s=;"(),]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))""")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
#: Only these need quoting; the backslashes of a Windows path stand for themselves.
_QUOTED_PAIR = re.compile(r"""\\(["\\])""")
#: These hold no spaces where they stand without quotes; the name of a file and many a boundary do.
_ONE_WORD = frozenset({"charset", "format", "delsp", "method", "type"})


@lru_cache(maxsize=4_096)
def media_type(value: bytes) -> tuple[str, Mapping[str, str]]:
    """Return the word of a Content-Type or Content-Disposition, and its parameters; never raises."""
    text = decode(value[:_MAX_VALUE_BYTES])[0]
    found = _WORD.match(text) or _WORD.match(_COMMENT.sub(" ", text))
    if found is None:
        return "", MappingProxyType({})
    word = f"{found[1]}/{found[2]}" if found[2] else found[1]
    rest = found.string[found.end() :]
    return one_line(word).lower(), MappingProxyType(_parameters(rest) if "=" in rest else {})


def _parameters(text: str) -> dict[str, str]:
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(text)):
        section = _SECTION.fullmatch(found[1].lower())
        if section is None or count == _MAX_PARAMETERS:
            continue
        quoted, bare = found[2], found[3]
        value = _QUOTED_PAIR.sub(r"\1", quoted) if quoted is not None else _bare(section[1], bare)
        pieces.setdefault(section[1], {}).setdefault(int(section[2] or 0), (value, bool(section[3])))
    return {name: _joined(sections) for name, sections in pieces.items()}


def _bare(name: str, value: str) -> str:
    value = value.strip()
    return value.split(None, 1)[0] if name in _ONE_WORD and value else value


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    """Return the value of one parameter; only its starred sections are percent-coded (RFC 2231 §4.1)."""
    ordered = [sections[number] for number in sorted(sections)]
    if not any(starred for _, starred in ordered):
        return one_line(decode_words("".join(value for value, _ in ordered)))
    charset = ""
    first, starred = ordered[0]
    if starred and first.count("'") >= 2:  # noqa: PLR2004 - charset'language'value
        charset, _, first = first.split("'", 2)
    values = [(first, starred), *ordered[1:]]
    raw = b"".join(unquote_to_bytes(value) if coded else value.encode("utf-8", "replace") for value, coded in values)
    return one_line(decode(raw, charset)[0])
