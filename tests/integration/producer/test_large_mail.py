"""Mails of 50 MB: read in seconds, in a few times their size of memory."""

from __future__ import annotations

import base64
import time
import tracemalloc
from collections.abc import Callable

import pytest

from producer.parse import parse
from schemas.chain import Email

_MEGABYTE = 1_000_000
_PDF = b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
_LEVEL = b"multipart/mixed; boundary=b%d\n\n--b%d\nContent-Type: "
_HEAD = b"Subject: s\nMessage-ID: <1@x.example>\nContent-Type: "
#: The bodies are made when they are wanted: together they would fill the memory of the test itself.
_BODIES: dict[str, Callable[[], bytes]] = {
    "one file": lambda: (
        b"multipart/mixed; boundary=b\n\n--b\n%b%b--b--\n" % (_PDF, base64.encodebytes(bytes(36_000_000)))
    ),
    "plain text": lambda: b"text/plain\n\n" + b"twelve boxes of rings\n" * 2_270_000,
    "parts": lambda: b"multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 7_100_000,
    "header": lambda: b"text/plain\nTo: " + b"ann@x.example, " * 3_330_000 + b"\n\nx",
    "nesting": lambda: b"".join(_LEVEL % (n, n) for n in range(100_000)),
}


@pytest.mark.parametrize("kind", _BODIES)
def test_large_mail_is_read_in_bounded_time_and_memory(kind: str) -> None:
    """One large mail would hold up an import for minutes, or take all memory of the machine."""
    raw = _HEAD + _BODIES[kind]()
    tracemalloc.start()
    started_s = time.process_time()
    found = parse(raw)
    took_s = time.process_time() - started_s
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"{kind}: {len(raw) / _MEGABYTE:.0f} MB in {took_s:.1f} s, {peak_bytes / _MEGABYTE:.0f} MB more memory at most"
    )
    assert isinstance(found, Email)
    assert took_s < 30
    assert peak_bytes < 250 * _MEGABYTE
