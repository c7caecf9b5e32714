"""Many copies of a mail folder, for benchmarks: ids rewritten in each, so that threads stay and nothing comes twice."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

_LINKS = re.compile(rb"^(message-id|in-reply-to|references)[ \t]*:", re.IGNORECASE)
_DATE = re.compile(rb"^(date[ \t]*:)[ \t]*(.+)", re.IGNORECASE)
_AT = re.compile(rb"@([^<>\s@]+)>")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def copied(content: bytes, copy: int, *, older_days: int = 0) -> bytes:
    """Return a mail whose ids, its own and those it refers to, belong to *copy* (0: as it is).

    Each copy is *older_days* older than the one before it, so that mail which only its subject joins is not joined
    over all copies to chains that nobody has.
    """
    blank = _BLANK_LINE.search(content)
    if not copy or not blank:
        return content
    out, inside = [], False
    for line in content[: blank.start()].split(b"\n"):
        if line[:1] not in {b" ", b"\t"}:
            inside = bool(_LINKS.match(line))
        rewritten = _AT.sub(rb"@\1.copy%d>" % copy, line) if inside else line
        out.append(_older(rewritten, copy * older_days) if older_days else rewritten)
    return b"\n".join(out) + content[blank.start() :]


def _older(line: bytes, days: int) -> bytes:
    """Return a Date line as of so many days before; any other line, and a date that nobody can read, as it is."""
    found = _DATE.match(line)
    if not found:
        return line
    try:
        when = parsedate_to_datetime(found[2].decode("ascii")) - timedelta(days=days)
    except (ValueError, OverflowError):
        return line
    return found[1] + b" " + format_datetime(when).encode()


def multiply(folder: Path, target: Path, copies: range, *, older_days: int = 0) -> int:
    """Write *copies* of the mails in *folder* as a Maildir; return how many files were written."""
    mails = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]
    for name in ("cur", "new", "tmp"):
        (target / name).mkdir(parents=True, exist_ok=True)
    for copy in copies:
        for name, content in mails:
            (target / "cur" / f"{copy:04}.{name}:2,S").write_bytes(copied(content, copy, older_days=older_days))
    return len(mails) * len(copies)
