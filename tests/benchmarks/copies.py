"""Many copies of a mail folder, for benchmarks: ids rewritten in each, so that threads stay and nothing is a duplicate."""

from __future__ import annotations

import re
from pathlib import Path

_LINKS = re.compile(rb"^(message-id|in-reply-to|references)[ \t]*:", re.IGNORECASE)
_AT = re.compile(rb"@([^<>\s@]+)>")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def copied(content: bytes, copy: int) -> bytes:
    """Return a mail whose ids, its own and those it refers to, belong to *copy* (0: as it is)."""
    blank = _BLANK_LINE.search(content)
    if not copy or not blank:
        return content
    out, inside = [], False
    for line in content[: blank.start()].split(b"\n"):
        if line[:1] not in {b" ", b"\t"}:
            inside = bool(_LINKS.match(line))
        out.append(_AT.sub(rb"@\1.copy%d>" % copy, line) if inside else line)
    return b"\n".join(out) + content[blank.start() :]


def multiply(folder: Path, target: Path, copies: range) -> int:
    """Write *copies* of the mails in *folder* as a Maildir; return how many files there are in it now."""
    mails = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]
    for name in ("cur", "new", "tmp"):
        (target / name).mkdir(parents=True, exist_ok=True)
    for copy in copies:
        for name, content in mails:
            (target / "cur" / f"{copy:04}.{name}:2,S").write_bytes(copied(content, copy))
    return len(mails) * len(copies)
