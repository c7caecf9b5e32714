"""Bytes to text where the declared charset may lie, and text fit for a record.

Comes in: bytes with the charset label of a MIME part or an encoded-word. Goes out: text that is
valid UTF-8 when written, without control characters, and a defect in words where we had to guess.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

#: Labels that mail uses for something else than Python does, or that Python does not know. Where one charset
#: is a superset of the other, the wider one reads what senders really wrote (as WHATWG's Encoding standard does).
_ALIASES = {
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "x-cp1252": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb2312_charset": "gb18030",
    "chinesebig5": "big5hkscs",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
}

#: Python codecs that are no charset: they escape, warn or take quadratic time, or turn bytes into bytes.
_NO_CHARSETS = frozenset(
    "punycode idna unicode_escape raw_unicode_escape undefined mbcs oem base64 bz2 hex quopri rot_13 uu zlib".split()
)

#: Charsets in which UTF-8 is letters too, but never what somebody wrote.
_WESTERN = frozenset({"cp1252", "iso8859-15"})

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_UNFIT_ASCII = bytes(code for code in range(128) if _UNFIT.match(chr(code)))
_UNFIT_IN_LINE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """Return the Python codec that reads the charset *label*, or None where there is none."""
    name = label.strip().strip("\"'").lower()
    try:
        codec = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    return None if codec.replace("-", "_") in _NO_CHARSETS else codec


def decode(data: bytes, label: str = "") -> tuple[str, str]:
    """Return (text, defect) of *data* in the charset *label* (empty: undeclared); never raises.

    Order: the declared charset, but UTF-8 before a western one, in which any bytes are text; else UTF-8, which
    hardly ever fits by chance; else the declared charset with replacement characters; else Windows-1252.
    The defect is empty where nothing was guessed.
    """
    codec = codec_of(label) if label else "ascii"
    if codec in _WESTERN and not data.isascii() and (text := _strictly(data, "utf-8")) is not None:
        return text.removeprefix("\ufeff"), f"charset {label[:40]!r} does not fit: read as UTF-8"
    if codec is not None and (text := _strictly(data, codec)) is not None:
        return text.removeprefix("\ufeff"), ""
    doubt = f"charset {label[:40]!r} does not fit" if label else "no charset declared"
    if (text := _strictly(data, "utf-8")) is not None:
        sure = codec == "ascii" or data.isascii()
        return text.removeprefix("\ufeff"), "" if sure else f"{doubt}: read as UTF-8"
    if codec is None or codec == "ascii":
        return data.decode("cp1252", "replace"), f"{doubt}: read as Windows-1252"
    return data.decode(codec, "replace"), f"{doubt}: unreadable bytes replaced"


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except ValueError:
        return None


def clean(text: str) -> str:
    """Return *text* with LF line ends, without NUL, other control characters and lone surrogates."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text.encode("ascii").translate(None, _UNFIT_ASCII).decode("ascii")
    return _UNFIT.sub("", text)


def one_line(text: str) -> str:
    """Return *text* as one line: cleaned, white space collapsed."""
    if text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    return " ".join(_UNFIT_IN_LINE.sub("", text).split())
