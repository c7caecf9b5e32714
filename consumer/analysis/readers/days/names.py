"""Names of months, weekdays and numbers in the languages that are read, and what they count."""

from __future__ import annotations

import re

#: Full names as they stand beside a day, by language: en de fr es it nl pt pl.
_MONTHS = (
    "January February March April May June July August September October November December",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
)
_SHORT = {
    "jan feb mar apr may jun jul aug sep oct nov dec": range(1, 13),
    "mär okt dez sept janv févr avr juil déc ene abr ago dic": (3, 10, 12, 9, 1, 2, 4, 7, 12, 1, 4, 8, 12),
}
MONTH_OF = {name.lower(): number for names in _MONTHS for number, name in enumerate(names.split(), 1)}
MONTH_OF |= {
    name: number for names, numbers in _SHORT.items() for name, number in zip(names.split(), numbers, strict=True)
}
_ENGLISH = [name.lower() for name in _MONTHS[0].split()]
#: Words of everyday English that only a capital letter makes a month.
WORDS_TOO = frozenset("may march mar dec sep mai set".split())

_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
)
_SHORT_WEEKDAYS = "mon tue wed thu fri sat sun"
WEEKDAY_OF = {name: number for names in _WEEKDAYS for number, name in enumerate(names.split())}
WEEKDAY_OF |= {name: number for number, name in enumerate(_SHORT_WEEKDAYS.split())}
WEEKDAY_OF |= {"tues": 1, "thur": 3, "thurs": 3, "sonnabend": 5}

NUMBER_OF = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "un deux trois quatre cinq six sept huit neuf dix onze douze",
    )
    for number, word in enumerate(words.split(), 1)
} | {"a": 1, "an": 1, "eine": 1, "einem": 1, "einer": 1, "une": 1, "dos": 2, "tres": 3}
NUMBER_OF |= {"couple of": 2, "a couple of": 2}


def any_of(words: list[str]) -> str:
    """Return a pattern for any of *words*, the longest first; what cannot begin one is seen at its first letter."""
    first = "".join(sorted({word[0] for word in words}))
    escaped = (re.escape(word).replace(r"\ ", " ") for word in sorted(words, key=len, reverse=True))
    return f"(?=[{first}])(?:" + "|".join(escaped) + ")"


MONTH = any_of(list(MONTH_OF))
ENGLISH_MONTH = any_of([*_ENGLISH, *(name[:3] for name in _ENGLISH), "sept"])
FULL_MONTH = any_of(_ENGLISH)
WEEKDAY = any_of(list(WEEKDAY_OF))
_TENS = {
    word: 10 * tens for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
#: Words that begin or end a number.
COUNTING = frozenset(word for word in (*NUMBER_OF, *_TENS) if " " not in word)
NUMBER = rf"\d{{1,3}}|(?:(?:{any_of(list(_TENS))})(?:[-\s](?:{any_of(list(NUMBER_OF))}))?)|" + any_of(list(NUMBER_OF))


def number_of(word: str) -> int:
    """Return what *word*, found by `NUMBER`, counts."""
    if word.isdigit():
        return int(word)
    words = " ".join(word.lower().replace("-", " ").split())
    return NUMBER_OF.get(words) or sum(_TENS.get(part) or NUMBER_OF[part] for part in words.split())


def is_month(name: str) -> bool:
    """Return whether *name*, found by one of the patterns, can be meant for a month as it is written."""
    return not (name[0].islower() and name in WORDS_TOO)
