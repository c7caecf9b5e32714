"""What a line may be, by the words that mail programs write around quoted mail (`phrases.toml`, by language).

All patterns are bounded or anchored to one line: a line costs time in proportion to its length.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Literal, cast, get_args

Role = Literal["from", "date", "to", "cc", "subject", "other"]

_PHRASES: dict[str, dict[str, list[str]]] = tomllib.loads(
    resources.files("consumer.analysis.quotes").joinpath("phrases.toml").read_text("utf-8")
)


def _phrases(key: str) -> list[str]:
    """Return what all languages have under *key*, longest first."""
    return sorted({phrase for table in _PHRASES.values() for phrase in table.get(key, ())}, key=len, reverse=True)


def _any(key: str) -> str:
    return "|".join(map(re.escape, _phrases(key)))


_ROLE_OF = {name: role for role in cast("tuple[Role, ...]", get_args(Role)) for name in _phrases(role)}
_HEADER = re.compile(
    r"\*{0,2}(?P<name>"
    + "|".join(map(re.escape, sorted(_ROLE_OF, key=len, reverse=True)))
    + r")[\s\xa0]{0,3}(?::\*{0,2}|\*{1,2}:|\uff1a)[\s\xa0?]*(?P<value>.*)",
    re.IGNORECASE,
)
#: What programs alone read, where somebody forwards a mail as it was sent (RFC 5322 and its like).
_RAW_HEADER = re.compile(
    r"(?:X-[\w-]{1,30}|Message-ID|MIME-Version|Content-(?:Type|Transfer-Encoding|Disposition|Language)|Received|Return-Path|"
    r"References|In-Reply-To|User-Agent|Delivered-To|List-[\w-]{2,20}|Errors-To|Precedence|Thread-(?:Topic|Index)|"
    r"DKIM-Signature):(?P<value>.*)",
    re.IGNORECASE,
)
#: No name of a header line is longer, with the stars around it.
_NAME_CHARS = 40
_NOTE = re.compile(_any("notes"), re.IGNORECASE)
_DIVIDER = re.compile(
    rf"[-_*=]{{2,}}+\s{{0,5}}(?:(?P<forwarded>{_any('forwarded')})|{_any('original')})|"
    rf"(?P<bare>{_any('forwarded')})\s{{0,3}}:$|_{{20,}}+$",
    re.IGNORECASE,
)
_WROTE = re.compile(rf"(?<![A-Za-z])(?:{_any('wrote')})(?![A-Za-z])", re.IGNORECASE)
#: Nobody's name and address are longer: so far from the colon may the verb stand.
_WROTE_CHARS = 160
#: How an attribution begins: a word for "on", a day, a weekday before one, a name with its address.
_OPENS = re.compile(
    rf"(?:-{{0,3}}\s?(?:{_any('opens')})\s|\W{{0,3}}\d|[^\W\d_]{{2,12}}[.,]{{0,2}}\s{{1,3}}\W{{0,3}}\d|"
    r"[^\W\d_]{2,12}[.,]{0,2}\s[^\W\d_]{3,12}[.,]{0,2}\s\d|[^<>]{1,80}<\S{1,100}@)",
    re.IGNORECASE,
)
_TIME_OF_DAY = r"\d{1,2}[:.][0-5]\d(?:[:.]\d\d)?(?:\s?[AaPp]\.?[Mm]\b\.?|\s?Uhr\b)?"
_ZONE = r"(?:\s(?:UTC|GMT)?[+-]\d{1,4}(?::\d\d)?)?(?:\s\([A-Z]{2,5}\))?"
_FIGURES = re.compile(
    rf"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{{1,2}}[./-]\s?\d{{1,2}}[./-]\s?(?:\d{{4}}|\d\d)(?!\d)|{_TIME_OF_DAY}(?!\d))"
)
#: Where the day of an attribution ends, and what may stand between it and the name.
_DAY_END = re.compile(
    rf"{_TIME_OF_DAY}{_ZONE}|(?<!\d)(?:19|20)\d\d(?!\d)(?:\s?(?:年|г\.))?|"  # noqa: RUF001 - Cyrillic is meant
    rf"\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{4}}|\d\d)(?!\d){_ZONE}"
)
_LEAD = re.compile(rf"^\W*(?:(?:{_any('from')}|{_any('opens')}|пользователь)\s+)?", re.IGNORECASE)
_SENDER_CHARS = 160
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,64}@[^\s<>()\[\]\"',;:]{2,200}")
#: A word that no name has: in small letters, no part of an address, none of those within surnames.
_PROSE = re.compile(
    r"(?<![^\s\"'(])(?!(?:van|von|de|der|den|la|le|da|di|du|zu|y|e|and|und|et)\b)[a-z]{2,}(?![^\s,;\"')])"
)
_MOBILE = re.compile(rf"\W{{0,3}}(?:{_any('mobile')})", re.IGNORECASE)
_MOBILE_CHARS = 100
#: For small letters: ignoring case takes ten times longer.
_LEGAL = tuple(re.compile(_any(key).lower()) for key in ("secret", "receiver", "error", "forbidden", "delete"))
_LEGAL_MARKS, _LEGAL_CHARS = 2, 3_000


def header_of(line: str) -> tuple[Role, str] | None:
    """Return (role, value) where *line* looks like a header line in one of the languages."""
    begins = line[:_NAME_CHARS]
    if ":" not in begins and "\uff1a" not in begins:
        return None
    if raw := _RAW_HEADER.match(line):
        return "other", raw["value"].strip()
    found = _HEADER.match(line)
    return (_ROLE_OF[found["name"].lower()], found["value"].strip(" \t*\xa0")) if found else None


def lists_people(before: str, line: str) -> bool:
    """Return whether a list of people, of which *before* is a line, goes on in *line*: names, addresses, no prose."""
    if line.endswith((".", "!", "?", ":")):
        return False
    items = [item for item in re.split("[,;]", line) if item.strip()]
    if sum("@" in item for item in items) * 2 > len(items) and max(map(len, items)) <= _SENDER_CHARS:
        return _PROSE.search(items[0]) is None
    return _PROSE.search(line) is None and ("@" in line or before.endswith((",", ";")))


def is_mailto(line: str) -> bool:
    """Return whether *line* is the rest of a sender that a program wrapped: "[mailto:ann@acme.example]"."""
    return line.startswith("[mailto:") or (line.endswith("]") and "@" in line and " " not in line)


def is_note(line: str) -> bool:
    """Return whether *line* stands among header lines without being one, as Lotus Notes writes them."""
    return _NOTE.match(line) is not None


def divides(line: str) -> Literal["quote", "forward"] | None:
    """Return what a dividing line such as "-----Original Message-----" begins; None where *line* is none."""
    is_prose = line[:1].isalpha() and not line.endswith(":")
    found = None if is_prose else _DIVIDER.match(line)
    if found is None:
        return None
    return "forward" if found["forwarded"] or found["bare"] else "quote"


def says_wrote(line: str) -> bool:
    """Return whether *line* says, near its end, that somebody wrote: "Ann Weber wrote:"."""
    return _WROTE.search(line[-_WROTE_CHARS:]) is not None


def sender_in(attribution: str) -> str:
    """Return who wrote, out of an attribution: the name and address beside the day and the verb; empty where none."""
    verbs = list(_WROTE.finditer(attribution))
    before = attribution[: verbs[-1].start()] if verbs else attribution
    after = attribution[verbs[-1].end() :] if verbs else ""
    side = after if any(char.isalpha() for char in after) else before
    addressed = _ADDRESS.search(side)
    until = addressed.end() if addressed else len(side)
    days = [found.end() for found in _DAY_END.finditer(side, 0, addressed.start() if addressed else until)]
    name = _LEAD.sub("", side[days[-1] if days else 0 : until]).strip(" ,:;-*\t'(\uff1a")
    if name.count('"') % 2:
        name = name.replace('"', "")
    return (f"{name}>" if "<" in name else name)[:_SENDER_CHARS]


def opens_attribution(line: str) -> bool:
    """Return whether *line* may be the first of several that introduce a quote."""
    return _OPENS.match(line) is not None and not line.endswith((".", "!", "?"))


def names_time(line: str) -> bool:
    """Return whether a year, a day in figures or a time of day stands in *line*."""
    return _FIGURES.search(line) is not None


def names_address(line: str) -> bool:
    """Return whether a mail address stands in *line*."""
    return "@" in line and _ADDRESS.search(line) is not None


def is_mobile_signature(line: str) -> bool:
    """Return whether a telephone or an app put *line* below the text."""
    return len(line) <= _MOBILE_CHARS and _MOBILE.match(line) is not None


def is_disclaimer(paragraph: str) -> bool:
    """Return whether *paragraph* is a lawyer's footer: it speaks of two of the things that these speak of."""
    said = paragraph[:_LEGAL_CHARS].lower()
    return sum(pattern.search(said) is not None for pattern in _LEGAL) >= _LEGAL_MARKS
