"""Honest words about the demo mailbox stand: what the defence of free text costs where nobody attacks."""

from __future__ import annotations

from importlib import resources

import pytest

from consumer.analysis.free_text import FreeText
from consumer.analysis.injection import signs
from consumer.analysis.reading import read
from tests.honest_summaries import HONEST
from tests.mail_files import chains_of, emails_of

_MAILS = resources.files("chainmail.local") / "demo_mailbox" / "mails"
#: Two name what only a reader who knows the world knows, or use no word of the mail.
_DROPPED = 2


def test_hardly_an_honest_sentence_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """Good summaries would be thrown away to be safe from bad ones."""
    dropped = 0
    for chain in chains_of(emails_of(file.read_bytes() for file in _MAILS.iterdir())):
        (sentences,) = (found for subject, found in HONEST.items() if chain.subject.startswith(subject))
        words = FreeText(read(chain))
        for sentence in sentences:
            words.borne(sentence)
        dropped += words.dropped
    count = sum(map(len, HONEST.values()))
    with capsys.disabled():
        print(f"\nhonest sentences: {dropped} of {count} dropped")
    assert count >= 50
    assert dropped <= _DROPPED


def test_only_the_attack_of_the_demo_mailbox_has_signs_of_one() -> None:
    """A warning that stands everywhere is read nowhere."""
    chains = chains_of(emails_of(file.read_bytes() for file in _MAILS.iterdir()))
    told = {
        chain.subject for chain in chains if any("characters" in sign and "page" not in sign for sign in signs(chain))
    }
    assert told == {"Partnership"}
