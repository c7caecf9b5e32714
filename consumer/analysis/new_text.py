"""What an email says itself: its text without quoted mail that the chain holds already, and without signature.

Conservative: quoted text goes only where an earlier email of the chain has the same words, so that a
forward, a quote of unseen mail and an answer between the lines all stay. When unsure, keep. All steps
take time in proportion to the text, however it is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from consumer.analysis.said import Said

Span = tuple[int, int]

_QUOTED = re.compile(r"\s*>")
_MARKS = re.compile(r"[\s>]*")
#: Longer lines are prose: no client introduces a quote in so many characters.
_INTRODUCTION_CHARS = 300
#: "On … wrote:" as the common clients write it, in one line or wrapped into two.
_ATTRIBUTION = re.compile(
    r"(?:on|am|le|el|il|op|em|den|w dniu)\b.{4,200}\b(?:wrote|schrieb|écrit|escribió|ha scritto|schreef|escreveu|"
    r"skrev|napisał)\b.{0,80}:$|\S.{2,200}(?:写道|寫道|さんは書きました)\s*[:\uff1a]$",
    re.IGNORECASE | re.DOTALL,
)
_SHORT_ATTRIBUTION = re.compile(r"\S.{2,80}\b(?:wrote|writes|said|schrieb|schreibt|a écrit)\s*:$", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"[-_*]{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message|"
    r"weitergeleitete nachricht)\b|_{20,}$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"\*?(?:from|von|de|sent|gesendet|envoyé|to|an|à|cc|date|datum|subject|betreff|objet)\s*:", re.IGNORECASE
)
_HEADERS = 3
_SIGNATURE = re.compile(r"-- ?$")
#: A longer tail is no signature but mail that somebody divided with dashes.
_SIGNATURE_LINES = 12
#: A text with more marks uses them for something else.
_SIGNATURE_MARKS = 5
#: This share of a quoted block must be known from earlier emails before it goes.
_KNOWN_SHARE = 0.8
#: Within a known block, a paragraph of so many words that is mostly new is an answer below the quote.
_ANSWER_WORDS, _ANSWER_SHARE = 3, 0.5


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A line at characters [start, end); `bare` without marks and margins, empty where too long to introduce."""

    start: int
    end: int
    text: str
    bare: str

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def new_spans(text: str, earlier: Said) -> tuple[Span, ...]:
    """Return the character spans of *text* that are new, in order; *earlier* is what the emails before it say.

    Never empty for a text that says anything: where nothing would remain, all of it does.
    """
    lines = _lines(text)
    kept = _without_signature(_without_quotes(lines, earlier))
    if all(line.blank for line in kept):
        kept = lines
    return _joined(kept)


def slices(text: str, spans: tuple[Span, ...]) -> str:
    """Return the pieces of *text* at *spans*, joined and trimmed."""
    return "".join(text[start:end] for start, end in spans).strip()


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for line in text.splitlines(keepends=True):
        short = line.strip() if len(line) <= _INTRODUCTION_CHARS else ""
        bare = short[_MARKS.match(short).end() :] if short else ""  # type: ignore[union-attr] # it matches anything
        lines.append(_Line(start=start, end=start + len(line), text=line.rstrip("\r\n"), bare=bare))
        start += len(line)
    return lines


def _without_quotes(lines: list[_Line], earlier: Said) -> list[_Line]:
    """Return *lines* without the quoted blocks that *earlier* has."""
    kept: list[_Line] = []
    at = 0
    while at < len(lines):
        start, end = _quote(lines, at)
        is_known = end > at and _known(lines[start:end], earlier)
        stop = max(end, at + 1)
        kept.extend(_answers(lines[start:end], earlier) if is_known else lines[at:stop])
        at = stop
    return kept


def _quote(lines: list[_Line], at: int) -> tuple[int, int]:
    """Return where the quote that is introduced or begins at line *at* begins and ends; *at* twice where none does."""
    if _SEPARATOR.match(lines[at].bare) or _header_block(lines, at):
        return at, len(lines)
    introduced = at + _attribution_lines(lines, at)
    start = introduced
    while start > at and start < len(lines) and lines[start].blank:
        start += 1
    end = start
    while end < len(lines) and (_QUOTED.match(lines[end].text) or (end > start and lines[end].blank)):
        end += 1
    return (start, end) if end > start else (at, at)


def _attribution_lines(lines: list[_Line], at: int) -> int:
    """Return how many lines from *at* on introduce a quote: 0, 1 or 2."""
    first = lines[at].bare
    if not first:
        return 0
    if _ATTRIBUTION.match(first) or _SHORT_ATTRIBUTION.match(first):
        return 1
    second = lines[at + 1].bare if at + 1 < len(lines) else ""
    return 2 if second.endswith((":", "\uff1a")) and _ATTRIBUTION.match(f"{first} {second}") else 0


def _header_block(lines: list[_Line], at: int) -> bool:
    """Return whether three header lines of a quoted mail stand here (as Outlook writes them, without marks)."""
    if not _HEADER.match(lines[at].bare):
        return False
    return sum(bool(_HEADER.match(line.bare)) for line in islice(lines, at, at + 4)) >= _HEADERS


def _known(block: list[_Line], earlier: Said) -> bool:
    """Return whether the words of *block* stand in the earlier emails."""
    share = earlier.share([line.text for line in block if not _is_frame(line)])
    return share is not None and share >= _KNOWN_SHARE


def _answers(block: list[_Line], earlier: Said) -> list[_Line]:
    """Return the paragraphs of a known block that are none of its: somebody wrote them below."""
    kept: list[_Line] = []
    paragraph: list[_Line] = []
    for line in [*block, None]:
        if line is not None and not line.blank:
            paragraph.append(line)
            continue
        said = [part.text for part in paragraph if not _is_frame(part)]
        share = earlier.share(said)
        marked = any(_QUOTED.match(part.text) for part in paragraph)
        if share is not None and share < _ANSWER_SHARE and not marked and len(" ".join(said).split()) >= _ANSWER_WORDS:
            kept.extend(paragraph)
        paragraph = []
    return kept


def _is_frame(line: _Line) -> bool:
    """Return whether a line was put around a quote by the mail program."""
    bare = line.bare
    return bool(bare) and bool(
        _HEADER.match(bare)
        or _SEPARATOR.match(bare)
        or _ATTRIBUTION.match(bare)
        or _SHORT_ATTRIBUTION.match(bare)
        or bare.endswith("wrote:")
    )


def _without_signature(lines: list[_Line]) -> list[_Line]:
    """Return *lines* without what stands between the signature mark and the end, or the quote below it."""
    marks = (at for at, line in enumerate(lines) if at and _SIGNATURE.match(line.text))
    for at in islice(marks, _SIGNATURE_MARKS):
        window = range(at + 1, min(len(lines), at + 3 * _SIGNATURE_LINES))
        end = next((below for below in window if _quote(lines, below)[1] > below), len(lines))
        said = (tail for tail in islice(lines, at + 1, end) if not tail.blank)
        if len(list(islice(said, _SIGNATURE_LINES + 1))) <= _SIGNATURE_LINES:
            return lines[:at] + lines[end:]
    return lines


def _joined(lines: list[_Line]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for line in lines:
        if spans and spans[-1][1] == line.start:
            spans[-1] = (spans[-1][0], line.end)
        else:
            spans.append((line.start, line.end))
    return tuple(spans)
