"""What the earlier emails of a chain say, as sets of words: is a quote of it known, in time that grows with the quote.

Comparing runs of words rather than lines does not mind how a mail program wrapped or marked them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from consumer.analysis.folding import MARKS

#: An ideograph is a word: those scripts have no spaces.
_WORD = re.compile(r"[\u2e80-\uffff]|[^\s\u2e80-\uffff]+")
_QUOTE_MARKS = re.compile(r"^[ \t]*>[> \t]*", re.MULTILINE)
_FOLD = str.maketrans(MARKS)
#: So many words in the same order are a quote; fewer could stand anywhere.
_RUN = 4


class Said:
    """The words, and the runs of four words, of the texts added so far."""

    def __init__(self, *texts: str) -> None:
        self._words: set[str] = set()
        self._runs: set[int] = set()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Add all that *text* says."""
        words = _words(text)
        self._words.update(words)
        self._runs.update(_runs(words))

    def share(self, lines: Sequence[str]) -> float | None:
        """Return the share of *lines* that was said before, 0 to 1; None where they say nothing."""
        if not self._words:
            return 0.0 if any(line.lstrip("> \t").strip() for line in lines) else None
        words = _words("\n".join(lines))
        if not words:
            return None
        if len(words) < _RUN:
            return sum(word in self._words for word in words) / len(words)
        runs = list(_runs(words))
        return sum(run in self._runs for run in runs) / len(runs)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", _QUOTE_MARKS.sub("", text).translate(_FOLD))
    return _WORD.findall(plain)


def _runs(words: list[str]) -> Iterable[int]:
    return map(hash, zip(words, words[1:], words[2:], words[3:], strict=False))
