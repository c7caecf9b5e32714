"""Transfer encodings to bytes (RFC 2045 §6): what is damaged is decoded as far as it goes, and named.

Comes in: the bytes of a leaf as they stand in the mail. Goes out: its content, and a defect in words or nothing.
"""

from __future__ import annotations

import binascii
import re

from schemas.chain import CUT

_IDENTITY = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "identity"})
_UUENCODED = frozenset({"x-uuencode", "x-uue", "uuencode", "uue"})
_WHITE = b" \t\r\n\x0b\x0c"
_ALPHABET = bytes(range(65, 91)) + bytes(range(97, 123)) + b"0123456789+/"
_FOREIGN = bytes(set(range(256)) - set(_ALPHABET))
_PADDING = re.compile(rb"=+")
_CUT_BASE64 = f"{CUT} base64 ends in the middle"
_CUT_QUOTED = f"{CUT} quoted-printable ends in the middle"
_QUAD = 4
#: White space at the end of a line was put there on the way (RFC 2045 §6.7 rule 3).
_LINE_SPACES = re.compile(rb"(?<![ \t])[ \t]+(\r?\n)")
#: An equals sign that is no escape stands for itself: lines of `=====` are common.
_BARE_EQUALS = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")
_HALF_ESCAPE = re.compile(rb"=[0-9A-Fa-f]\Z")
#: A line of uuencoding tells its length in 6 bits.
_UU_MASK = 0x3F


def decoded(data: bytes, encoding: str) -> tuple[bytes, str]:
    """Return (content, defect) of *data* in the transfer encoding *encoding*; never raises."""
    if encoding in _IDENTITY:
        return data, ""
    if encoding == "quoted-printable":
        is_cut = _HALF_ESCAPE.search(data, max(0, len(data) - 2))
        data = _BARE_EQUALS.sub(b"=3D", _LINE_SPACES.sub(rb"\1", data))
        return binascii.a2b_qp(data), _CUT_QUOTED if is_cut else ""
    if encoding == "base64":
        return _base64(data.translate(None, _WHITE))
    if encoding in _UUENCODED:
        return _uuencoded(data)
    return data, f"unknown transfer encoding {encoding[:40]!r}: taken as it is"


def _base64(data: bytes) -> tuple[bytes, str]:
    try:
        return binascii.a2b_base64(data, strict_mode=True), ""
    except binascii.Error:
        pass
    letters = data.translate(None, _FOREIGN)
    pieces = [piece.translate(None, _FOREIGN) for piece in _PADDING.split(data)]
    content = b"".join(_mended(piece) for piece in pieces)
    whole = len(letters) == len(data)  # neither foreign characters nor padding: only its end can be wrong
    return content, _CUT_BASE64 if whole else "broken base64"


def _mended(letters: bytes) -> bytes:
    """Return what full bytes base64 *letters* hold, whatever is missing of the last ones."""
    if len(letters) % _QUAD == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % _QUAD))


def _uuencoded(data: bytes) -> tuple[bytes, str]:
    _, begin, rest = data.partition(b"begin ")
    lines = rest.partition(b"\n")[2].split(b"\n") if begin else data.split(b"\n")
    content: list[bytes] = []
    for line in lines:
        line = line.rstrip(b"\r")  # noqa: PLW2901 - the line without its end
        if line in {b"end", b"`", b" "}:
            return b"".join(content), ""
        if not line:
            continue
        try:
            content.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Old coders pad the last group with what was in memory: the length byte says how much counts.
            chars = (((line[0] - 32) & _UU_MASK) * 4 + 5) // 3
            try:
                content.append(binascii.a2b_uu(line[:chars]))
            except binascii.Error:
                return b"".join(content), "broken uuencoding"
    return b"".join(content), f"{CUT} uuencoding without its end"
