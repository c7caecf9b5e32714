"""What somebody is, by the lines under their name at the end of what they write: title and company.

Careful: a line counts only directly below a line that is the sender's own name, and only where it looks like nothing
else. When unsure, nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from consumer.analysis.quotes.words import divides, header_of, says_wrote

_TITLE = re.compile(
    r"\b(?:manager|director|president|vice president|vp|officer|ceo|cfo|coo|cto|counsel|attorney|partner|engineer|"
    r"analyst|"
    r"assistant|coordinator|consultant|specialist|supervisor|administrator|associate|professor|secretary|buyer|buying|"
    r"sales|head of|chief|controller|accountant|developer|technician|representative|purchasing|lead|producer|editor|"
    r"leiter(?:in)?|geschäftsführer(?:in)?|einkauf|vertrieb|sachbearbeiter(?:in)?|prokurist(?:in)?|assistent(?:in)?|"
    r"directeur|directrice|responsable|ingénieur|gerente|jefe|ingeniero)\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:inc|corp|corporation|company|co|ltd|limited|llc|llp|plc|gmbh|ag|kg|se|s\.?a|s\.?r\.?l|sarl|b\.?v|n\.?v|"
    r"group|"
    r"associates|partners|university|institute|services|industries|holdings?|bank)\b\.?\s*$",
    re.IGNORECASE,
)
#: Sentences, addresses, numbers and greetings are no titles.
_NOT = re.compile(r"[@:;?!<>]|\d|\bhttps?\b|\b(?:i|we|you|is|are|will|please|thanks|regards)\b|\.\s*$", re.IGNORECASE)
_CLOSED = re.compile(r"(?:inc|corp|co|ltd|s\.a|b\.v|n\.v)\.\s*$", re.IGNORECASE)
_LINE_CHARS, _LAST_LINES, _BELOW_LINES, _LEAST_NAMES = 60, 14, 3, 2


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Title and company as a signature says them; empty where it does not."""

    title: str = ""
    organisation: str = ""


def signed(text: str, name: str) -> Signed:
    """Return what the end of *text*, written by *name*, says of its writer."""
    wanted = _names(name)
    if len(wanted) < _LEAST_NAMES or wanted[-1] not in text.lower():
        return Signed()
    lines = [line.strip() for line in _own(text).rstrip().split("\n")[-_LAST_LINES:]]
    at = next((at for at, (line, below) in enumerate(pairwise(lines)) if below and _is_name(line, wanted)), None)
    if at is None:
        return Signed()
    title, organisation = "", ""
    for line in lines[at + 1 : at + 1 + _BELOW_LINES]:
        said, _, rest = line.partition(", ")
        if not _is_plain(line):
            break
        if not organisation and _COMPANY.search(line) and not _TITLE.search(line):
            organisation = line
        elif not title and _TITLE.search(line):
            is_both = bool(rest) and _COMPANY.search(rest) is not None
            title, organisation = (said, rest) if is_both else (line, organisation)
    return Signed(title=title, organisation=organisation)


def _own(text: str) -> str:
    """Return *text* up to the first line with which a mail program begins a quoted mail."""
    end = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        header = header_of(bare)
        if bare.startswith(">") or divides(bare) or says_wrote(bare) or (header and header[0] in ("from", "to")):
            break
        end += len(line)
    return text[:end]


def _names(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", name.lower())


def _is_name(line: str, wanted: list[str]) -> bool:
    """Return whether *line* is the name of the writer and nothing else: "Sue Bee" is susan.bee@acme.example."""
    said = _names(line)
    return (
        _LEAST_NAMES <= len(said) <= len(wanted) + 1
        and said[-1] == wanted[-1]
        and said[0][0] == wanted[0][0]
        and _is_plain(line)
    )


def _is_plain(line: str) -> bool:
    return 0 < len(line) <= _LINE_CHARS and (_NOT.search(line) is None or _CLOSED.search(line) is not None)
