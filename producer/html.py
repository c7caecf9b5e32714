"""HTML to readable text: tables and links stay legible, quotes get marks, hidden text goes and is counted.

Hidden text is what a reader of the mail does not see and a model would: the oldest way to plant
instructions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from producer.hidden import Attributes, Look, Sheet, look_of, sheet_of

_DROPPED = frozenset("head style script title template object svg iframe".split())
_BLOCKS = frozenset(
    (
        "address article blockquote dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
        "main ol p pre section table tbody thead tr ul"
    ).split()
)
_CELLS = frozenset({"td", "th"})
_SPACES = re.compile(r"[ \t\xa0]+")
#: Characters without width, by which mailers pad previews and spammers split words.
_NO_WIDTH = re.compile("[\xad\u034f\u200b\u2060\ufeff]")
_BLANK_LINES = re.compile(r"\n{3,}")
#: A longer address is a tracking link and says nothing.
_MAX_LINK_CHARS = 200
#: Nobody follows a quote deeper, and marks must not grow with the square of the depth.
_MOST_MARKS = 9


class _Edge(str):
    """The beginning or the end of a quote among the pieces of a text: known by itself, for any text may stand there."""

    __slots__ = ()


_BEGIN, _END = _Edge("\n"), _Edge("\n")


def text_of(html: str) -> tuple[str, int]:
    """Return (text, hidden characters removed) of an HTML document; never raises on any string."""
    document = LexborHTMLParser(html)
    pieces: list[str] = []
    sheet = sheet_of("\n".join(style.text(deep=True) for style in document.css("style")))
    hidden_chars = _collect(document.body or document.root, sheet, pieces)
    return "\n\n".join(filter(None, _marked(pieces))), hidden_chars


def _marked(pieces: list[str]) -> Iterator[str]:
    """Yield the text of *pieces* cut at the edges of quotes, with a mark before each line for each quote around it."""
    depth = begins = 0
    for at, piece in enumerate([*pieces, _END]):
        if isinstance(piece, _Edge):
            text = _tidy("".join(pieces[begins:at]))
            mark = "> " * min(depth, _MOST_MARKS)
            yield "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n")) if mark and text else text
            depth += 1 if piece is _BEGIN else -1
            begins = at + 1


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in _NO_WIDTH.sub("", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _collect(root: LexborNode | None, sheet: Sheet, pieces: list[str]) -> int:
    """Append the text below *root* and return how much was hidden; no recursion: mail nests hundreds of tables."""
    hidden_chars = 0
    page = Look(background=None) if sheet.paints_otherwise else Look()
    stack: list[tuple[LexborNode | str | None, bool, Look]] = [(root, False, page)]
    while stack:
        node, preformatted, look = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node is None or (tag := node.tag or "") in _DROPPED:
            continue
        elif tag == "-text":
            text = node.text_content or ""
            text = text if preformatted else _spaced(text)
            if look.is_visible:
                pieces.append(text)
            else:
                hidden_chars += 0 if text.isspace() else len(text)
                pieces.append(" " if text[:1].isspace() or text[-1:].isspace() else "")
        elif (own := look_of(tag, attributes := node.attributes, sheet, look)) is None:
            hidden_chars += len(" ".join(node.text(deep=True).split()))
        else:
            before, after = _around(node, tag, attributes)
            pieces.append(before)
            stack.append((after, False, own))
            inside = preformatted or tag == "pre"
            stack.extend((child, inside, own) for child in reversed(list(node.iter(include_text=True))))
    return hidden_chars


def _spaced(text: str) -> str:
    """Return *text* with its white space collapsed, kept at its ends."""
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{words}{' ' * text[-1].isspace()}"


def _around(node: LexborNode, tag: str, attributes: Attributes) -> tuple[str, str]:
    """Return what stands before and after the text of an element."""
    if tag == "br":
        return "\n", ""
    if tag == "li":
        return "\n- ", "\n"
    if tag in _CELLS:
        return "", " | " if _has_next_cell(node) else ""
    if tag == "a":
        href = (attributes.get("href") or "").strip()
        shown = node.text(deep=True).strip()
        foreign = href.startswith(("http://", "https://", "mailto:")) and href.split(":", 1)[1].strip("/") not in shown
        return "", f" <{href}>" if foreign and len(href) <= _MAX_LINK_CHARS else ""
    if tag == "img":
        alt = (attributes.get("alt") or "").strip()
        return f"[{alt}]" if alt else "", ""
    edges = (_BEGIN, _END) if tag == "blockquote" and _is_cited(attributes) else ("\n", "\n")
    return edges if tag in _BLOCKS else ("", "")


def _is_cited(attributes: Attributes) -> bool:
    """Return whether a mail program set this block as a quote: plain ones only indent."""
    return attributes.get("type") == "cite" or "cite" in attributes or "quote" in (attributes.get("class") or "")


def _has_next_cell(cell: LexborNode) -> bool:
    following = cell.next
    while following is not None and following.tag not in _CELLS:
        following = following.next
    return following is not None
