"""Flowed text to lines as long as their writer made them (RFC 3676).

Comes in: the text of a part with `format=flowed`. Goes out: the same text with its soft line ends and its stuffing
undone; quotes keep their marks, each followed by a space.
"""

from __future__ import annotations

#: The line above a signature ends in a space and is not flowed (RFC 3676 §4.3).
_SIGNATURE = "-- "


def unflowed(text: str, *, deletes_spaces: bool = False) -> str:
    """Return *text* with paragraphs on one line each; *deletes_spaces* is DelSp=yes (RFC 3676 §4.1)."""
    paragraphs: list[str] = []
    held: list[str] = []
    held_depth = 0
    for line in text.split("\n"):
        depth, content = _unquoted(line)
        flows = content.endswith(" ") and content != _SIGNATURE
        if held and (depth != held_depth or content == _SIGNATURE):
            paragraphs.append(_quoted("".join(held), held_depth))
            held = []
        held.append(content[:-1] if flows and deletes_spaces else content)
        held_depth = depth
        if not flows:
            paragraphs.append(_quoted("".join(held), depth))
            held = []
    if held:
        paragraphs.append(_quoted("".join(held), held_depth))
    return "\n".join(paragraphs)


def _unquoted(line: str) -> tuple[int, str]:
    """Return the depth of the quote and the line without its marks and its stuffed space."""
    bare = line.lstrip(">")
    return len(line) - len(bare), bare.removeprefix(" ")


def _quoted(content: str, depth: int) -> str:
    return f"{'>' * depth} {content}" if depth and content else ">" * depth + content
