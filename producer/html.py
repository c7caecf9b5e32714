"""HTML to readable text: tables and links stay legible, hidden text goes and is counted.

Hidden text is what a reader of the mail does not see and a model would: the oldest way to plant
instructions.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_DROPPED = "head, style, script, title, template, noscript, object, svg, iframe"
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|"
    r"max-height\s*:\s*0|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    (
        "address article blockquote dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
        "main ol p pre section table tbody thead tr ul"
    ).split()
)
_SPACES = re.compile(r"[ \t\xa0\u200b\ufeff]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def text_of(html: str) -> tuple[str, int]:
    """Return (text, hidden characters removed) of an HTML document; never raises on any string."""
    document = LexborHTMLParser(html)
    hidden_chars = 0
    for node in document.css("[hidden], [style]"):
        if "hidden" in node.attributes or _HIDDEN_STYLE.search(node.attributes.get("style") or ""):
            hidden_chars += len(_SPACES.sub(" ", node.text(deep=True)).strip())
            node.decompose()
    for node in document.css(_DROPPED):
        node.decompose()
    pieces: list[str] = []
    if document.body is not None:
        _collect(document.body, pieces)
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(pieces).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip(), hidden_chars


def _collect(root: LexborNode, pieces: list[str]) -> None:
    """Append the text below *root*, without recursion: mail nests tables hundreds of levels deep."""
    stack: list[LexborNode | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content or ""
            pieces.append(re.sub(r"\s+", " ", text))
            continue
        before, after = _around(node, tag)
        pieces.append(before)
        if after:
            stack.append(after)
        stack.extend(reversed(list(node.iter(include_text=True))))


def _around(node: LexborNode, tag: str) -> tuple[str, str]:
    """Return what stands before and after the text of an element."""
    if tag == "br":
        return "\n", ""
    if tag == "li":
        return "\n- ", "\n"
    if tag in {"td", "th"}:
        return "", " | " if node.next is not None else ""
    if tag == "a":
        href = (node.attributes.get("href") or "").strip()
        shown = node.text(deep=True).strip()
        foreign = href.startswith(("http://", "https://", "mailto:")) and href.split(":", 1)[1].strip("/") not in shown
        return "", f" <{href}>" if foreign and len(href) <= 200 else ""  # noqa: PLR2004 - a tracking link says nothing
    if tag == "img":
        alt = (node.attributes.get("alt") or "").strip()
        return f"[{alt}]" if alt else "", ""
    return ("\n", "\n") if tag in _BLOCKS else ("", "")
