"""Words that say nothing of what a text is about: they neither bear a sentence nor speak against it."""

from __future__ import annotations

import tomllib
from importlib import resources

_LISTS = {
    name: frozenset(words.split())
    for name, words in tomllib.loads(
        resources.files("consumer.analysis").joinpath("free_words.toml").read_text("utf-8")
    ).items()
}
#: By these English is known.
ENGLISH = _LISTS["english"]
#: Months, days, tongues and short forms are names that anybody may use of a mail.
NAMES = _LISTS["names"]
#: The small words, and those of which summaries and business letters are made.
NEUTRAL = ENGLISH | _LISTS["business"] | _LISTS["telling"]
