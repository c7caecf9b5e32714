"""Words that strangers wrote, made fit for a terminal: what would steer it is shown instead of obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

#: The pictures of the ASCII control characters (U+2400: NUL) and of DEL.
_PICTURES, _DEL = 0x2400, 0x2421
#: Control characters but new line and tab, half characters, and what turns the direction of what follows, so that
#: "gpj.exe" reads "exe.jpg".
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class Screen(Console):
    """A console that shows every text as it is: none of it is markup, a code of an emoji, or a control character."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of *renderable*, harmless; styles and movements are the program's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)


def harmless(text: str) -> str:
    """Return *text* with its control characters as pictures (␛ for Escape), its marks of direction as �."""
    return _STEERING.sub(_picture, text)


def in_a_line(text: str) -> str:
    """Return *text* harmless and in one line."""
    return harmless(" ".join(text.split()))


def in_json(text: str) -> str:
    """Return JSON with what would steer a terminal as escapes, which mean the same to a program."""
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < ord(" "):
        return chr(_PICTURES + code)
    return chr(_DEL) if code == 0x7F else "\ufffd"  # noqa: PLR2004 - DEL
