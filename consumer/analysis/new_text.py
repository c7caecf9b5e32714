"""What an email says itself: its text without quoted mail that the chain holds already, and without signature.

Conservative: quoted text goes only where an earlier email of the chain has the same words, so that a
forward, a quote of unseen mail and an answer between the lines all stay. When unsure, keep.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from consumer.analysis.folding import folded

Span = tuple[int, int]

_QUOTED = re.compile(r"\s*>")
#: "On … wrote:" as the common clients write it, in one line or wrapped into two.
_ATTRIBUTION = re.compile(
    r"\s*>*\s*(on|am|le|el|il|op|em|den|w dniu)\b.{4,200}\b(wrote|schrieb|écrit|escribió|ha scritto|schreef|escreveu|"
    r"skrev|napisał)\b.{0,80}:\s*$",
    re.IGNORECASE | re.DOTALL,
)
_SHORT_ATTRIBUTION = re.compile(r"\s*\S.{2,80}\b(wrote|writes|said|schrieb|schreibt|a écrit)\s*:\s*$", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"\s*[-_*]{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message|"
    r"weitergeleitete nachricht)\b|\s*_{20,}\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\s*\*?(from|von|de|sent|gesendet|to|an|cc|date|datum|subject|betreff)\s*:", re.IGNORECASE)
_SIGNATURE = re.compile(r"-- ?$")
#: A longer tail is no signature but mail that somebody divided with dashes.
_SIGNATURE_LINES = 12
#: This share of a quoted block must be known from earlier emails before it goes.
_KNOWN_SHARE = 0.8


@dataclass(frozen=True, kw_only=True)
class _Line:
    start: int
    end: int
    text: str


def new_spans(text: str, earlier: str) -> tuple[Span, ...]:
    """Return the character spans of *text* that are new; *earlier* is the folded text of the earlier emails.

    Never empty for a text that says anything: where nothing would remain, all of it does.
    """
    lines = _lines(text)
    kept = _without_signature(_without_quotes(lines, earlier))
    if not any(line.text.strip() for line in kept):
        kept = lines
    return _joined(kept)


def slices(text: str, spans: tuple[Span, ...]) -> str:
    """Return the pieces of *text* at *spans*, joined and trimmed."""
    return "".join(text[start:end] for start, end in spans).strip()


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for line in text.splitlines(keepends=True):
        lines.append(_Line(start=start, end=start + len(line), text=line.rstrip("\r\n")))
        start += len(line)
    return lines


def _without_quotes(lines: list[_Line], earlier: str) -> list[_Line]:
    """Return *lines* without the quoted blocks that *earlier* has."""
    kept: list[_Line] = []
    at = 0
    while at < len(lines):
        end = _quote_end(lines, at)
        if end > at and _known(lines[at:end], earlier):
            at = end
            continue
        stop = max(end, at + 1)
        kept.extend(lines[at:stop])
        at = stop
    return kept


def _quote_end(lines: list[_Line], at: int) -> int:
    """Return where the quoted block that begins at line *at* ends; *at* itself where none begins."""
    if _SEPARATOR.match(lines[at].text) or _header_block(lines, at):
        return len(lines)
    start = at + _attribution_lines(lines, at)
    end = start
    while end < len(lines) and (_QUOTED.match(lines[end].text) or (end > start and not lines[end].text.strip())):
        end += 1
    blank = start
    while start > at and end == start and blank < len(lines) and not lines[blank].text.strip():
        blank += 1
    if blank > start and blank < len(lines) and _QUOTED.match(lines[blank].text):
        return _quote_end(lines, blank)
    return end if end > start else at


def _attribution_lines(lines: list[_Line], at: int) -> int:
    """Return how many lines from *at* on introduce a quote: 0, 1 or 2."""
    for count in (1, 2):
        joined = " ".join(line.text for line in lines[at : at + count])
        if _ATTRIBUTION.match(joined):
            return count
    return int(bool(_SHORT_ATTRIBUTION.match(lines[at].text)))


def _header_block(lines: list[_Line], at: int) -> bool:
    """Return whether three header lines of a quoted mail stand here (as Outlook writes them, without marks)."""
    block = [line.text for line in lines[at : at + 4]]
    headers = sum(bool(_HEADER.match(text)) for text in block)
    return headers >= 3 and bool(_HEADER.match(block[0]))  # noqa: PLR2004 - From, Sent, To


def _known(block: list[_Line], earlier: str) -> bool:
    """Return whether the words of *block* stand in the earlier emails."""
    said = [folded(line.text) for line in block]
    said = [
        words
        for words, line in zip(said, block, strict=True)
        if words and not (_HEADER.match(words) or _SEPARATOR.match(line.text) or _introduces(line.text))
    ]
    total = sum(map(len, said))
    return total > 0 and sum(len(words) for words in said if words in earlier) >= _KNOWN_SHARE * total


def _introduces(text: str) -> bool:
    return bool(_ATTRIBUTION.match(text) or _SHORT_ATTRIBUTION.match(text) or text.rstrip().endswith("wrote:"))


def _without_signature(lines: list[_Line]) -> list[_Line]:
    for at, line in enumerate(lines):
        tail = [rest for rest in lines[at + 1 :] if rest.text.strip()]
        if _SIGNATURE.match(line.text) and at and len(tail) <= _SIGNATURE_LINES:
            return lines[:at]
    return lines


def _joined(lines: list[_Line]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for line in lines:
        if spans and spans[-1][1] == line.start:
            spans[-1] = (spans[-1][0], line.end)
        else:
            spans.append((line.start, line.end))
    return tuple(spans)
