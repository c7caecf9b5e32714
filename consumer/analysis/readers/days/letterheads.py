"""The days that stand above what was pasted into a mail: a letter, a release, an article.

What follows one was written on it, so that "today" is that day there and not the day of the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from consumer.analysis.quotes.days import day_in
from consumer.analysis.readers.days.names import ENGLISH_MONTH, WEEKDAY

_B = r"[ \t]{1,9}"
_LINE_CHARS = 100
#: What is older than that is told, and was not written just now.
_RECENT = timedelta(days=60)
#: Of 10/09 both readings may be recent: only what is a few days old is sure.
_SURE = timedelta(days=7)
_EITHER = re.compile(r"\b(?:0?[1-9]|1[0-2])/(?:0?[1-9]|1[0-2])/")
_MONTH_DAY = rf"(?:{ENGLISH_MONTH})\b\.?{_B}\d{{1,2}}(?:st|nd|rd|th)?,?{_B}(?:19|20)\d\d"
_DAY_MONTH = rf"\d{{1,2}}(?:st|nd|rd|th)?{_B}(?:{ENGLISH_MONTH})\b\.?,?{_B}(?:19|20)\d\d"
_ABOVE = re.compile(
    r"[ \t>]{0,40}[^\w\n]{0,8}(?:(?:for (?:immediate )?release|date|published|posted)\b:?[ \t]{0,9})?"
    rf"(?:(?:{WEEKDAY})\b,?\.?{_B})?(?:{_MONTH_DAY}|{_DAY_MONTH}|\d{{1,2}}/\d{{1,2}}/(?:19|20)\d\d)"
    r"(?P<rest>[^\w\n]{0,20}(?:$|[A-Z\u00a9?][^\n]{0,80}$))",
    re.IGNORECASE | re.MULTILINE,
)
#: The search begins at the rarest thing that such a line holds.
_YEAR = re.compile(r"[12](?<!\d[12])[09]\d\d(?!\d)")
#: Two words in small letters, one after the other, or another day: a sentence, a row of a table.
_SAYS_MORE = re.compile(r"\b[a-z]{2,}[ \t]+[a-z]{2,}\b|\d[/.,:]\d|\$")


def letterheads(text: str, written_on: date) -> Iterator[tuple[int, date]]:
    """Yield where a line ends that is but a day, and that day, if it lies shortly before *written_on*."""
    last = -1
    for found in _dated_lines(text):
        is_row = last >= 0 and text.count("\n", last, found.start()) <= 1
        last = found.end()
        if is_row or _SAYS_MORE.search(found["rest"]):
            continue
        day = day_in(found.group(), written_on)
        oldest = written_on - (_SURE if _EITHER.search(found.group()) else _RECENT)
        if day and oldest <= day < written_on:
            yield found.end(), day


def _dated_lines(text: str) -> Iterator[re.Match[str]]:
    until = 0
    for year in _YEAR.finditer(text):
        first = max(0, year.start() - _LINE_CHARS)
        newline = text.rfind("\n", first, year.start())
        start = newline + 1 if newline >= 0 or first == 0 else -1
        if start >= until and (found := _ABOVE.match(text, start)):
            until = found.end()
            yield found
