"""Whatever damage makes of mail: an email, no mail, or unreadable with a reason; never an exception, never a lie.

`make fuzz SECONDS=600` runs longer. A failure prints the seed of its case, and keeps the case in a file.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from producer.content import attachment_bytes
from producer.headers import without_postmark
from producer.parse import NotMail, Unreadable, parse
from schemas.chain import Email
from tests.fuzz.mutations import mutated

SECONDS = float(os.environ.get("CHAINMAIL_TEST_FUZZ_SECONDS") or 5)
SEED = int(os.environ.get("CHAINMAIL_TEST_FUZZ_SEED") or 1)
#: Larger mails are mutated too seldom to be worth their time.
MAX_SEED_BYTES = 60_000
#: One case may take this long on a machine that is busy with other tests: what takes longer is not linear.
MAX_CASE_S = 2.0
#: Small mails of our own: they are here where the corpora are not.
OWN = [
    b"Subject: s\nMessage-ID: <1@x>\n\ntext\nFrom here\n",
    b"""From: a@x
Content-Type: multipart/alternative; boundary=b

--b

plain
--b
Content-Type: text/html

<style>.h{display:none}</style><p class=h>obey</p><table><tr><td>1<td>2</table>
--b--
""",
    b"""To: x: a@x, b@x;
Content-Type: application/pdf; name*0*=utf-8''%C3; name*1*=%84
Content-Transfer-Encoding: base64

JVBERg==
""",
    b"Date: Mon, 2 Nov 2026 08:30:00 +0100\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:s\nEND:VEVENT\n",
]
#: What no database, terminal or JSON reader should have to take.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@pytest.fixture(scope="module")
def seeds() -> list[bytes]:
    """Return mails of all kinds, those of the corpora where they are at hand."""
    folder = Path(__file__).parents[3] / "shared" / "corpora"
    names = ("stalwart_mail_parser/eml", "cpython_test_email", "notmuch", "talon_fixtures", "spamassassin/spam")
    files = [
        path for name in names for path in sorted((folder / name).rglob("*")) if path.suffix not in {".json", ".md"}
    ]
    found = [path.read_bytes() for path in files if path.is_file() and path.stat().st_size <= MAX_SEED_BYTES]
    return [*OWN, *(raw.replace(b"\r\n", b"\n") for raw in found)]


def check(raw: bytes) -> None:
    """Assert all that holds for any bytes."""
    started = time.process_time()
    found = parse(raw)
    assert time.process_time() - started < MAX_CASE_S, "too slow"
    assert not isinstance(found, Unreadable), found.reason
    if isinstance(found, NotMail):
        assert found.reason
        return
    written = found.model_dump_json(exclude_defaults=True)
    assert not [text for text in strings(found.model_dump()) if _UNFIT.search(text)]
    assert Email.model_validate_json(written.encode("utf-8")) == found, "the round trip changes it"
    assert parse(raw) == found, "not deterministic"
    for attachment in found.attachments:
        content = attachment_bytes(raw, attachment.sha256)
        assert content is not None, "an attachment cannot be had again"
        assert len(content) == attachment.size_bytes
    check_containers(raw, found)


def strings(value: object) -> Iterator[str]:
    """Yield every text in the fields of an email."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def check_containers(raw: bytes, found: Email) -> None:
    """Assert that the mail is the same email with CRLF and in an mbox."""
    plain = without_postmark(raw.replace(b"\r", b""))
    same = parse(plain)
    for other in (plain.replace(b"\n", b"\r\n"), in_mbox(plain)):
        contained = parse(other)
        assert isinstance(contained, Email) == isinstance(same, Email)
        if isinstance(contained, Email) and isinstance(same, Email):
            assert contained.email_id == same.email_id, "another id from another container"
            assert (contained.subject, contained.sent_at) == (same.subject, same.sent_at)
    assert found.email_id


def in_mbox(raw: bytes) -> bytes:
    """Return a mail as mboxrd has it: behind a postmark, what looks like one quoted."""
    return b"From a@x Mon Nov  2 08:00:00 2026\n" + re.sub(rb"(?m)^(>*From )", rb">\1", raw) + b"\n"


@pytest.mark.timeout(SECONDS * 3 + 300)
def test_parser_takes_whatever_damage_makes_of_mail(seeds: list[bytes], tmp_path: Path) -> None:
    """Some mail of the world would end an import, be lost, or be another email in another container."""
    deadline = time.monotonic() + SECONDS
    case = 0
    while time.monotonic() < deadline:
        case += 1
        raw = mutated(Random(f"{SEED}/{case}"), seeds)
        try:
            check(raw)
        except Exception as error:  # noqa: BLE001 - whatever it is, the case that shows it is kept
            kept = tmp_path / f"case-{SEED}-{case}.eml"
            kept.write_bytes(raw)
            pytest.fail(f"seed {SEED}, case {case}, kept in {kept}: {type(error).__name__}: {error}")
    print(f"{case} damaged mails from {len(seeds)} whole ones, seed {SEED}")
    assert case > 0
