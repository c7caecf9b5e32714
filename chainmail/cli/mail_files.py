"""Mail in files, without a ledger: bytes to chains, for commands that store nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from producer.chains import group
from producer.parse import NotMail, Unreadable, parse
from producer.reading import member_of
from schemas.chain import Chain, Email


def chains_of(emails: Iterable[Email]) -> list[Chain]:
    """Return the chains of *emails*, each email once."""
    known = {email.email_id: email for email in emails}
    return [
        Chain(
            chain_id=shape.chain_id,
            revision=1,
            chain_hash=shape.chain_hash,
            subject=shape.subject,
            newest_email_at=shape.newest_email_at(datetime.now(UTC)),
            completeness=shape.completeness,
            emails=tuple(known[member.email_id] for member in shape.members),
        )
        for shape in group(map(member_of, known.values()))
    ]


def chain_in(raw: bytes) -> Chain | None:
    """Return the mail in *raw* as a chain of its own; None where it is none."""
    found = parse(raw)
    return chains_of([found])[0] if isinstance(found, Email) else None


class Problem(NamedTuple):
    """Why a file gives no chain, and whether it may be mail all the same."""

    words: str
    is_mail: bool


def read_file(path: Path) -> Chain | Problem:
    """Return the mail in a file as a chain of its own, or why there is none."""
    try:
        found = parse(path.read_bytes())
    except OSError as error:
        return Problem(error.strerror or str(error), is_mail=True)
    if isinstance(found, NotMail | Unreadable):
        return Problem(found.reason, is_mail=isinstance(found, Unreadable))
    return chains_of([found])[0]


def files_in(word: str) -> Iterator[Path]:
    """Yield the files that *word* names, in their order: itself, all in a folder, or what fits a pattern."""
    path = Path(word).expanduser()
    if path.is_dir():
        yield from (each for each in sorted(path.rglob("*")) if each.is_file() and not each.name.startswith("."))
    elif path.exists() or not any(char in word for char in "*?["):
        yield path
    else:
        anchor = Path(path.anchor)
        pattern = str(path.relative_to(anchor)) if path.anchor else str(path)
        yield from (each for each in sorted(anchor.glob(pattern)) if each.is_file())
