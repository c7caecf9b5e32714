"""URLs and mail addresses in a text, but for those in header lines that a mail program wrote into it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from consumer.analysis.readers.reference import FoundReference, found
from consumer.analysis.readers.windows import windows

_URL_CHAR = r"[^\s<>\"')\]\u201c\u201d]"
_ENDING = r"(?:com|org|net|gov|edu)"
_POINTED = r"(?:(?<=visit )|(?<=site )|(?<=go to )|(?<=see )|(?<=site: )|(?<=web: ))"
_EXPLICIT = re.compile(
    rf"(?P<value>(?<!\w)(?:https?|ftp)://{_URL_CHAR}+|www\.{_URL_CHAR}+\.{_URL_CHAR}+)", re.IGNORECASE
)
#: A bare host counts with the endings that no abbreviation has; "Acme.com said" is a company.
_BARE = re.compile(
    r"(?P<value>(?<![@\w./-])(?!\w{0,20}www\.)"
    rf"(?:(?:[a-z0-9-]{{2,40}}\.){{2,4}}{_ENDING}|{_POINTED}[a-z0-9-]{{2,40}}\.{_ENDING}|[a-z0-9-]{{2,40}}\.{_ENDING}(?=/\w)"
    rf"|(?<=\n)(?-i:[a-z0-9-]{{2,40}})\.{_ENDING}(?=\s))"
    rf"(?:/{_URL_CHAR}*)?(?![\w@-]|\.\w|\s?\[|\(|\s\((?:\[|[\w-]{{1,40}}\.[\w.-]|unverified)))",
    re.IGNORECASE,
)
_BARE_CHARS = 160
#: Where lines are cut, and what is left of a URL then: figures or signs that no word has.
_WIDE_CHARS = 70
_REST = re.compile(r"\r?\n[ \t>]{0,9}(?=[\w/.?=&%+-]{0,80}[\d/=&])[\w/.?=&%+-]{1,80}(?=\s*(?:\n|$))")
_EMAIL = re.compile(r"(?<![\w.+-])(?P<value>[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24})(?![\w-])", re.IGNORECASE)
#: Addresses of another system, coded into one of ours ("IMCEANOTES-Ann+20Bee+40acme").
_CODED = re.compile(r"\+[24][0-9a-f]", re.IGNORECASE)
_HEADER = re.compile(
    r"(?:\n[ \t>*]*|[ \t]{2,})(?:to|cc|bcc|from|sent by|reply-to|sender|return-path|message-id|received|in-reply-to|"
    r"references|delivered-to|x-[\w-]{2,30}|an|von|kopie|de|para|à)[ \t]{0,3}:$",
    re.IGNORECASE,
)
_HEADER_CHARS = 40
#: An address list goes on in lines like these.
_GOES_ON = re.compile(r"[,;]\s*$")
_HEADER_LINES = 80
#: "Ann Bee <ann@acme.example> on 11/28/2000": the head of Lotus Notes. "[mailto:ann@acme.example]": that of Outlook.
_HEAD_AFTER = re.compile(
    r">?[\"']?\s{0,3}(?:@\w+\s{0,3})?(?:on\s)?\d{1,2}/\d{1,2}/\d{2,4}|>?\s{0,2}(?:wrote|writes|schrieb)\b"
)
_MAILTO = re.compile(r"\[mailto:\s?$", re.IGNORECASE)
#: "Email: …" below an address list begins something else.
_LABEL = re.compile(r"[ \t>]*[A-Za-z-]{2,20}:")


def read(text: str) -> Iterator[FoundReference]:
    """Yield the URLs and addresses of *text*."""
    for start, end in windows(text, ("http", "ftp", "www."), before=0, after=0):
        yield from (_url(match) for match in [_EXPLICIT.match(text, start)] if match and start < end)
    headers = _header_spans(text) if "@" in text else []
    for start, end in windows(text, (".com", ".org", ".net", ".gov", ".edu"), before=_BARE_CHARS, after=_BARE_CHARS):
        hosts = _BARE.finditer(text, start, end)
        yield from (_url(match) for match in hosts if not _is_within(headers, match.start()))
    for start, end in windows(text, "@", before=_BARE_CHARS, after=_BARE_CHARS):
        mailboxes = _EMAIL.finditer(text, start, end)
        yield from (
            found(match, "email", match["value"].lower())
            for match in mailboxes
            if not _is_of_a_header(text, match, headers)
        )


def _url(match: re.Match[str]) -> FoundReference:
    url = _with_next_line(match).rstrip(".,;:!?/")
    value = re.sub(r"^(?:https?|ftp)://|[\s>]+", "", url, flags=re.IGNORECASE).lower()
    return FoundReference(start=match.start(), end=match.start() + len(url), kind="url", value=value)


def _with_next_line(match: re.Match[str]) -> str:
    """Return the URL of *match* with its rest, where a narrow program wrapped it: a line that holds nothing else."""
    text, value = match.string, match["value"]
    line_start = text.rfind("\n", 0, match.start()) + 1
    rest = _REST.match(text, match.end()) if match.end() - line_start >= _WIDE_CHARS else None
    return value + rest.group() if rest else value


def _is_of_a_header(text: str, match: re.Match[str], headers: list[tuple[int, int]]) -> bool:
    return (
        _is_within(headers, match.start())
        or _CODED.search(match["value"].partition("@")[0]) is not None
        or _HEAD_AFTER.match(text, match.end()) is not None
        or _MAILTO.search(text[max(0, match.start() - 10) : match.start()]) is not None
    )


def _is_within(spans: list[tuple[int, int]], at: int) -> bool:
    before = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return before >= 0 and at < spans[before][1]


def _header_spans(text: str) -> list[tuple[int, int]]:
    """Return where header lines stand, each with the lines over which its list of addresses goes on."""
    spans: list[tuple[int, int]] = []
    for colon in re.finditer(":", text):
        if spans and colon.start() < spans[-1][1]:
            continue
        start = colon.end() - _HEADER_CHARS
        if _HEADER.search(text[start : colon.end()] if start > 0 else "\n" + text[: colon.end()]):
            spans.append((colon.end(), _end_of_list(text, colon.end())))
    return spans


def _end_of_list(text: str, at: int) -> int:
    """Return the end of the address list that begins at *at*."""
    end = _line_end(text, at)
    for _ in range(_HEADER_LINES):
        following = _line_end(text, end + 1)
        line = text[end + 1 : following]
        goes_on = _GOES_ON.search(text[at:end]) or text[at:end].count('"') % 2
        if not line.strip("> \t\r") or _LABEL.match(line) or not ("@" in line or goes_on):
            break
        at, end = end + 1, following
    return end


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
