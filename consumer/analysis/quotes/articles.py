"""Where a press article begins that somebody pasted into a mail: its words are not those of the sender.

Only by what newspapers print around their articles: a byline, a line with the copyright, the pictures of a page. No
mail header introduces it.
"""

from __future__ import annotations

import re

_NAME = r"[A-Z][\w.'\u2019-]{0,30}"
_BYLINE = re.compile(
    rf"^[^\w\n]{{0,8}}(?:By|BY)[ ]{{1,3}}{_NAME}"
    rf"(?:,?[ ]{{1,3}}(?:and[ ]{{1,3}}|AND[ ]{{1,3}})?{_NAME}){{1,8}}[ ]{{0,9}}$"
    r"|\b(?:Staff|STAFF)[ ]{1,3}(?:Writer|WRITER|Reporter|REPORTER|Correspondent|CORRESPONDENT)[sS]?\b"
    r"|\bAssociated Press Writers?\b"
    r"|^.{0,40}\b[Cc](?:opyright|OPYRIGHT)[ ]{1,3}(?:\([cC]\)|\u00a9)?[ ]{0,3}(?:19|20)\d\d"
    r"|^.{0,3}\([cC]\)[ ]{1,3}[^\n]{0,60}\b(?:19|20)\d\d\b"
    r"|^\W{0,3}\[IMAGE\][^\n]{0,80}\[IMAGE\]"
    r"|\bA(?:ll|LL) [Rr](?:ights|IGHTS) [Rr](?:eserved|ESERVED)\b",
    re.MULTILINE,
)
#: What stands in each of these, found faster than they are tried.
_TRACES = (
    "By ",
    "BY ",
    "Staff ",
    "STAFF ",
    "Associated Press",
    "opyright ",
    "OPYRIGHT ",
    "(c)",
    "(C)",
    "ights ",
    "IGHTS ",
    "[IMAGE]",
)
#: Headlines above a byline (above the pictures of a page there are none): short lines that are no sentences, with few
#: blank ones between.
_TITLE_LINES, _TITLE_CHARS, _BLANKS = 12, 100, 2
_DIVIDER = re.compile(r"\W*$")


def article_start(text: str, start: int, end: int) -> int | None:
    """Return where the first article within characters [start, end) of *text* begins, headlines included."""
    if not any(text.find(trace, start, end) >= 0 for trace in _TRACES):
        return None
    mark = _BYLINE.search(text, start, end)
    if mark is None:
        return None
    at = max(start, text.rfind("\n", start, mark.start()) + 1)
    if mark.group().endswith("]"):
        return at
    blanks = 0
    for _ in range(_TITLE_LINES):
        if at <= start:
            break
        before = max(start, text.rfind("\n", start, at - 1) + 1)
        line = text[before:at].strip()
        blanks += not line
        if blanks > _BLANKS or (line and not _is_title(line)):
            break
        at = before
    return at


def _is_title(line: str) -> bool:
    return len(line) <= _TITLE_CHARS and line[-1] not in ".!?,:;" and _DIVIDER.match(line) is None
