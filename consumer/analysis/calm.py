"""Whether a matter in which nothing presses needs anybody at all: what is answered, told or passed on does not.

Low takes what is missing (no question, no request, no promise), never a word that says so: a stranger can add words to
a mail, and cannot take away what it asks.
"""

from __future__ import annotations

import re

from consumer.analysis.newest import Newest
from consumer.analysis.readers.asking import asks, promises
from consumer.analysis.readers.state import is_settled
from schemas.analysis import Category

_FYI = re.compile(
    r"\b(?:fyi|for (?:your|y'all's) (?:information|info)|for info|just (?:wanted )?to let you know|"
    r"thought you (?:might|would)|"
    r"zur info(?:rmation)?|zur kenntnis|pour info(?:rmation)?|para (?:tu|su) información)\b",
    re.IGNORECASE,
)
#: Who forwards such mail says with it: see to this.
_TO_BE_DONE = frozenset({Category.SCHEDULING, Category.LEGAL, Category.PERSONNEL, Category.ORDER, Category.INVOICE})
_TO_BE_READ = frozenset({Category.PERSONAL, Category.REPORT, Category.BULK})
_SHORT_WORDS, _NOTE_WORDS, _LOOK_CHARS = 25, 60, 2_500


def why_low(newest: Newest, category: Category) -> str:
    """Return why nobody has to act on the newest email, in words; empty where somebody may have to."""
    own, words = newest.own, len(newest.own.split())
    is_open = asks(own) or promises(own)
    if is_open:
        return ""
    if newest.is_article:
        return "an article passed on, nothing asked"
    if newest.passed_on and words <= _SHORT_WORDS and is_settled(own):
        return "answered in a few words, nothing asked"
    if _FYI.search(own) and words <= _NOTE_WORDS and not asks(newest.passed_on[:_LOOK_CHARS]):
        return "for information, nothing asked"
    if newest.is_forward and category not in _TO_BE_DONE and not asks(newest.passed_on[:_LOOK_CHARS]):
        return "passed on without a word, nothing asked"
    return f"{category} to be read, nothing asked" if category in _TO_BE_READ else ""
