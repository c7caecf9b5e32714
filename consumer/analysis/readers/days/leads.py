"""The words before a week, month, quarter or year that tell which one is meant, and patterns for them."""

from __future__ import annotations

import re

from consumer.analysis.readers.days.names import WEEKDAY

_LEADS = {"next": 1, "last": -1, "past": -1, "previous": -1, "prior": -1, "coming": 0, "current": 0}
_LEADS |= {"nächste": 1, "nächster": 1, "nächsten": 1, "letzte": -1, "letzter": -1, "letzten": -1}
_LEADS |= {"semaine prochaine": 1, "próxima semana": 1, "semana que viene": 1}
_LEADS |= {"semaine dernière": -1, "semana pasada": -1}
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 5}

YEAR = r"(?P<y>(?:19[5-9]|20[0-4])\d)\b"
OF_YEAR = rf"(?:,? (?:of )?{YEAR})"
LEAD = r"(?P<lead>this (?:past|coming)|this|next|last|previous|prior|coming|current)"
#: A length of time, and no week or year of the calendar: "over the next year".
NO_LENGTH = r"(?<!over\sthe\s)(?<!within\sthe\s)(?<!within\s)(?<!in\sthe\s)(?<!during\sthe\s)(?<!for\sthe\s)"
PART = r"(?:(?:early|earlier|late|later|mid|middle|beginning|start|anfang|mitte)[\s-]{1,3}(?:(?:in|of|part\sof) )?)?"
#: "later in the week", "the rest of the month".
PART_OF = r"(?:(?:earlier|later|early|late) in|(?:balance|rest|remainder|course) of)"
THE = r"(?:the )?"
END = r"\b(?:the )?(?:end|close) of "
NTH = r"(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th)"
NTH_OR_LAST = NTH.replace("4th)", "4th|last)")

FULL_WEEKDAY = rf"(?P<weekday>{WEEKDAY})\b"
#: Of any week, or part of a name.
NOT_AFTER = "".join(
    rf"(?<!{word}\s)" for word in ("every", "each", "any", "per", "black", "good", "ash", "palm", "a", "jeden", "most")
)


def shift(found: re.Match[str]) -> int:
    """Return how many weeks, months or years ahead the group `lead` points."""
    return shift_of(found["lead"] or "")


def shift_of(lead: str) -> int:
    """Return how many weeks, months or years ahead *lead* points."""
    return _LEADS.get(" ".join(lead.lower().split()).removeprefix("this "), 0)


def number_of(figures: str) -> int:
    """Return the number that a figure or an ordinal tells."""
    return int(figures) if figures.isdigit() else ORDINALS[figures.lower()]
