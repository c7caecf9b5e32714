"""Words that strangers wrote, made fit for a terminal: what would steer it is shown instead of obeyed."""

from __future__ import annotations

import unicodedata

#: The pictures of the ASCII control characters (U+2400: NUL) and of DEL.
_PICTURES, _DEL = 0x2400, 0x2421
_KEPT = "\n\t"
#: Turn the direction of what follows, so that "gpj.exe" reads "exe.jpg".
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str) -> str:
    """Return *text* with its control characters as pictures (␛ for Escape), its marks of direction as �."""
    return "".join(each if each in _KEPT or _is_plain(each) else _picture(each) for each in text)


def in_a_line(text: str) -> str:
    """Return *text* harmless and in one line."""
    return harmless(" ".join(text.split()))


def _is_plain(char: str) -> bool:
    return char not in _TURNING and unicodedata.category(char) != "Cc"


def _picture(char: str) -> str:
    code = ord(char)
    if code < ord(" "):
        return chr(_PICTURES + code)
    return chr(_DEL) if char == "\x7f" else "\ufffd"
