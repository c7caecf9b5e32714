"""Stalwart's parser and its own test mails: we agree, or the reason stands in docs/parsing.md, file by file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.producer.stalwart import differing_headers, differing_mails

_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def reasons() -> dict[str, str]:
    """Return the reasons of the differences, by file or by header."""
    docs = Path(__file__).parents[3] / "docs" / "parsing.md"
    found: dict[str, str] = {}
    for names, reason in _ROW.findall(docs.read_text("utf-8")):
        found |= dict.fromkeys(_each(names), reason)
    return found


def _each(names: str) -> list[str]:
    """Return the single names of a row: `address 3, 7` are two."""
    kind, _, numbers = names.partition(" ")
    return [f"{kind} {number.strip()}" for number in numbers.split(",")] if numbers else [names]


def test_mails_are_read_as_stalwart_does_or_for_a_reason(corpora: Path, reasons: dict[str, str]) -> None:
    """A kind of mail would be read wrongly, and nobody would know or have decided so."""
    names, differing = differing_mails(corpora / "stalwart_mail_parser" / "eml")
    assert len(names) >= 50
    assert differing == set(names) & set(reasons)


@pytest.mark.parametrize("kind", ["address", "content_type", "date", "id", "received", "unstructured"])
def test_headers_are_read_as_stalwart_does_or_for_a_reason(kind: str, corpora: Path, reasons: dict[str, str]) -> None:
    """A kind of header would be read wrongly, and nobody would know or have decided so."""
    names, differing = differing_headers(corpora / "stalwart_mail_parser", kind)
    assert differing == set(names) & set(reasons)
