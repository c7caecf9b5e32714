"""Mail that is hard to take in pieces: answers before what they answer, some without References, some twice."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FIRST_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
_LONGEST_CONVERSATION = 9
#: Of a hundred emails: those that name only what they answer (a chain's id changes when that comes), those that name
#: nothing and are joined by their subject, and those that come twice.
_BARE_ANSWERS, _NO_LINKS, _TWICE = 50, 5, 3
_delivery = itertools.count()


def mails(random_: random.Random, count: int) -> list[bytes]:
    """Return *count* mails of many conversations, in the order in which they arrive: any."""
    made: list[bytes] = []
    for conversation in itertools.count():
        length = random_.randint(1, _LONGEST_CONVERSATION)
        made += [_mail(random_, conversation, number) for number in range(length)]
        if len(made) >= count:
            break
    made = made[: count - count * _TWICE // 100]
    made += random_.sample(made, count - len(made))
    random_.shuffle(made)
    return made


def _mail(random_: random.Random, conversation: int, number: int) -> bytes:
    """Return email *number* (0: the first) of a conversation."""
    ids = [f"<{conversation}.{before}@ringwerk.example>" for before in range(number + 1)]
    people = ["Ann Weber <ann@acme.example>", f"Bo Lind <bo{conversation}@norden.example>"]
    sent_at = _FIRST_AT + timedelta(minutes=7 * conversation + 3 * number)
    lines = [
        f"From: {people[number % 2]}",
        f"To: {people[1 - number % 2]}",
        f"Date: {sent_at:%a, %d %b %Y %H:%M:%S} +0000",
        f"Message-ID: {ids[-1]}",
        f"Subject: {'Re: ' if number else ''}Order {10_000 + conversation} of steel rings",
    ]
    kind = random_.randrange(100)
    if number and kind >= _NO_LINKS:
        lines.append(f"In-Reply-To: {ids[-2]}")
        if kind >= _NO_LINKS + _BARE_ANSWERS:
            lines.append(f"References: {' '.join(ids[:-1])}")
    words = " ".join(random_.choices(["ring", "steel", "by Friday", "EUR 120.50", "please", "box"], k=60))
    return "\n".join([*lines, "", f"Order {conversation}, word {number}:", words, ""]).encode()


def deliver(maildir: Path, contents: Sequence[bytes]) -> None:
    """Put mails into a Maildir as a mail server does: written in `tmp`, moved to `new`."""
    for name in ("tmp", "new", "cur"):
        (maildir / name).mkdir(parents=True, exist_ok=True)
    for content in contents:
        name = f"{_FIRST_AT.timestamp():.0f}.M{next(_delivery):06}.host"
        (maildir / "tmp" / name).write_bytes(content)
        (maildir / "tmp" / name).rename(maildir / "new" / name)


def append(mbox: Path, contents: Sequence[bytes]) -> None:
    """Append mails to an mbox, each in one write, as a delivery agent that holds its lock does."""
    with mbox.open("ab", buffering=0) as file:
        for content in contents:
            file.write(b"From ann@acme.example Mon Nov  2 08:00:00 2026\n" + content + b"\n")
