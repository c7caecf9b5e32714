"""Files with mail in them, for tests of sources, and what a source yields."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

from producer.sources.recognise import open_source
from producer.sources.source import RawMail, SourceKind, UnreadableSource

MAIL = b"Subject: %b\n\nhello\n"
POSTMARK = b"From ann@x.example Mon Nov  2 08:00:00 2026\n"
POSTMARK_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def write(path: Path, content: bytes = MAIL % b"s") -> Path:
    """Write a file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(path: Path, kind: SourceKind | None = None) -> list[tuple[str, bytes | str]]:
    """Return (name below *path*'s folder, content or reason) of all that a source yields."""
    found = []
    for mail in open_source(str(path), kind).mails():
        assert isinstance(mail, RawMail | UnreadableSource)
        name = mail.name.removeprefix(str(path)).removeprefix("/")
        found.append((name, mail.content if isinstance(mail, RawMail) else mail.reason))
    return found


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    """Write a zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
