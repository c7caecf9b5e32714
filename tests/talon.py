"""The quotation fixtures of talon, which lie outside the repository: mails whose new text is known.

No line of them stands here: what their writers wrote is known by a hash of its words, read off by a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from producer.html import text_of
from producer.parse import parse
from schemas.chain import Email

_WORD, _LETTER = "185f8db32271", "431cafd9f3a5"
#: The hash of a fixture's new text by its name, and by its kind where it differs from the others of its folder.
_TEXTS = {"reply-quotations-share-block": "a9884a91bd7c"}
_PARTS = {"outlook": "592c748334c2", "reply-quotations-share-block": "120905073482"}
_FILES = {"OLK_SRC_BODY_SECTION": "c253f451bdd5", "reply-separated-by-hr": "f4fcd0733a80"}
#: The same with the line that the telephone or the program added: right, too.
_SIGNED = {"iphone": "285a00f588fc", "sparrow": "e9a758f49622"}


@dataclass(frozen=True, kw_only=True)
class Fixture:
    """A mail: its text as our parser gives it, its HTML where that is where the text comes from, the right hashes."""

    name: str
    text: str
    html: str | None = None
    expected: tuple[str, ...]

    def is_exact(self, answer: str) -> bool:
        """Return whether *answer* has exactly the words of the writer; white space does not count."""
        return hashlib.sha256(" ".join(answer.split()).encode()).hexdigest()[:12] in self.expected


def texts(folder: Path) -> Iterator[Fixture]:
    """Yield the mails with a text part: thirteen."""
    for path in sorted(folder.rglob("*.eml")):
        parsed = parse(path.read_bytes())
        if isinstance(parsed, Email):
            expected = (_TEXTS.get(path.stem, _WORD), *filter(None, [_SIGNED.get(path.stem)]))
            yield Fixture(name=path.stem, text=parsed.text, expected=expected)


def html_parts(folder: Path) -> Iterator[Fixture]:
    """Yield the HTML parts of the same mails: eight."""
    for path in sorted(folder.rglob("*.eml")):
        for part in message_from_bytes(path.read_bytes(), policy=default).walk():
            if part.get_content_type() == "text/html":
                html = part.get_content()
                yield _of_html(path.stem, html, _PARTS.get(path.stem, _WORD))


def html_files(folder: Path) -> Iterator[Fixture]:
    """Yield the HTML files: eleven."""
    for path in sorted(folder.rglob("*.html")):
        html = path.read_bytes().decode("utf-8", "replace")
        yield _of_html(path.stem, html, _FILES.get(path.stem, _LETTER))


def _of_html(name: str, html: str, expected: str) -> Fixture:
    return Fixture(name=name, text=text_of(html)[0], html=html, expected=(expected,))
