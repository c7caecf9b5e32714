"""Small mailboxes written by the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

START_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def mail(number: int, answer: int = 0, words: str = "", of: str = "acme") -> bytes:
    """Return email *answer* (0: the first) of conversation *number*."""
    message = EmailMessage()
    sent_at = START_AT + timedelta(hours=number, minutes=10 * answer)
    message["From"] = f"Ann Weber <ann@{of}.example>" if answer % 2 == 0 else "Bo Lind <bo@norden.example>"
    message["To"] = "sales@ringwerk.example"
    message["Date"] = sent_at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    message["Message-ID"] = f"<{number}.{answer}@{of}.example>"
    message["Subject"] = f"{'Re: ' if answer else ''}Order {1000 + number} of steel rings"
    if answer:
        message["References"] = " ".join(f"<{number}.{before}@{of}.example>" for before in range(answer))
    text = words or f"Please send 12 boxes for order {1000 + number} by Friday. We pay EUR {100 + number}.50 for it."
    message.set_content(f"Hello,\n\n{text}\n\nRegards\n")
    return message.as_bytes()


def write_folder(folder: Path, chains: int, emails: int = 1) -> Path:
    """Write *chains* conversations of *emails* emails as `.eml` files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(chains):
        for answer in range(emails):
            (folder / f"{number:03}-{answer}.eml").write_bytes(mail(number, answer))
    return folder
