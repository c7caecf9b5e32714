r"""Which regular expressions a house may write: such as cannot take long, whatever the mail says.

Python's `re` tries every way to match. So the ways are counted beforehand: each repetition needs a bound
(`\d{1,8}`, not `\d+`), no group is repeated, and the bounds together stay small.
"""

from __future__ import annotations

import re

_MAX_CHARS = 200
_MAX_WAYS = 1_000
_TOKEN = re.compile(
    r"\\(?P<escaped>.)|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<special>\(\?(?!:|i:))|(?P<open>\((?:\?i?:)?)|(?P<close>\))|(?P<either>\|)"
    r"|(?P<endless>[*+]|\{\d*,\})|\{(?:(?P<least>\d*),)?(?P<most>\d+)\}|(?P<maybe>\?)|.",
    re.DOTALL,
)


def checked_pattern(pattern: str) -> str:
    """Return *pattern*.

    Raises:
        ValueError: It is none, or could take long; the message says how to mend it.
    """
    if len(pattern) > _MAX_CHARS:
        raise ValueError(f"a pattern of {len(pattern)} characters: {_MAX_CHARS} at most")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    if compiled.match(""):
        raise ValueError(f"{pattern!r} matches nothing at all: make a part of it obligatory")
    ways = _ways(pattern)
    if ways > _MAX_WAYS:
        raise ValueError(f"{pattern!r} can match in {ways} ways: narrower bounds make it {_MAX_WAYS} at most")
    return pattern


def _ways(pattern: str) -> int:
    """Return in how many ways *pattern* can go on from one place, at most."""
    ways, alternatives, before = 1, [1], ""
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup if token.lastgroup != "least" else "most"
        if kind == "endless":
            raise ValueError(f"{pattern!r}: {token.group()} has no bound: say how many at most, as in \\d{{1,8}}")
        if kind == "special" or (kind == "escaped" and token["escaped"].isdigit()):
            raise ValueError(f"{pattern!r}: {token.group()} is not allowed: only plain groups are")
        if kind == "most" and before == "close":
            raise ValueError(f"{pattern!r}: a group must not be repeated: write out what it repeats")
        if kind == "open":
            alternatives.append(1)
        elif kind == "close":
            ways *= alternatives.pop()
        elif kind == "either":
            alternatives[-1] += 1
        elif kind == "most":
            most = int(token["most"])
            ways *= most - int(token["least"] or (0 if "," in token.group() else most)) + 1
        elif kind == "maybe" and before not in {"most", "maybe"}:
            ways *= 2
        before = kind or ""
    return ways * alternatives.pop()
