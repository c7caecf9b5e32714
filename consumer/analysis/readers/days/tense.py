"""Whether a sentence looks back or ahead at the day that it names, by the verbs beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

AROUND_CHARS = 120
_SENTENCE_END = re.compile(r"[.!?;](?=\s)|\n\s{0,20}\n")
#: A full stop behind these ends no sentence.
_SHORTENED = re.compile(
    r"(?:\b(?:[a-z]|mr|mrs|ms|dr|st|mt|ft|jr|sr|no|nos|inc|ltd|co|corp|bros|vs|approx|dept|govs?|sens?|reps?|gen|"
    r"prof|rev|attn|calif|"
    r"tel|ext|est|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec))\Z",
    re.IGNORECASE,
)
_SHORTENED_CHARS = 8
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_AHEAD = frozenset(
    "will wo shall can could would should may might must let's please plan plans planning need needs want wants is "
    "are am be hope hopes hoping upcoming intend intends expect expects does tentatively wird werden kann können soll "
    "bitte werde sera peut doit va".split()
)
#: Of these, what tells of a day to come, and not only of what holds.
_TO_COME = frozenset("will wo shall let's planning upcoming wird werden".split())
#: "a plan", "the need": no verbs.
_NOUNS = frozenset("plan plans need needs hope hopes want wants".split())
_AHEAD_PAIRS = frozenset([("going", "to"), ("let", "us"), ("like", "to"), ("do", "you")])
_AHEAD_ENDS = ("'ll", "'m", "'re", "\u2019ll", "\u2019m", "\u2019re")
#: A day that follows these at once lies ahead, whatever the verb: "we asked for it by Monday".
_LIMIT = re.compile(
    r"\b(?P<limit>by|until|till|for|before)\s(?:(?:the|this|close of business|cob|eod)\s)?\s*$", re.IGNORECASE
)
_PAST = frozenset(
    "was were had did sent met spoke wrote went got gave took told said saw came made held began left found "
    "heard paid bought sold thought knew understood submitted put read since ago dated became broke brought built "
    "caught chose drew drove fell felt flew forgot grew hit kept led lost meant ran rose spent stood taught threw won "
    "spoken written gone given taken seen done begun fallen grown risen known shown chosen drawn broken driven "
    "laid sought fought struck swore tore bit blew froze shook stole swept slid sank lent dealt fled hung lit shot "
    "rode stuck withdrew cut shut "
    "war waren hatte hatten wurde wurden seit était avait fue estaba".split()
)
#: What is over is told of.
_TELLS = frozenset("summary recap minutes transcript highlights reflects".split())
_TELLS_PAIRS = frozenset(
    tuple(pair.split())
    for pair in "following up,thanks for,thank you,per our,as discussed,at our,results of,report on,reports on".split(
        ","
    )
)
#: What was asked for, or told to be done, lies ahead: "he asked that they send it on Monday".
_ASKS = frozenset(
    "asked requested urged suggested proposed recommended decided promised invited offered instructed ordered".split()
)
_TO = frozenset(["to", "that"])
_SHORTEST_REGULAR = 5
#: They end like a past tense and are none, or tell of a plan.
_NO_PAST = frozenset(
    "need wanted indeed proceed exceed succeed speed feed seed agreed attached interested scheduled expected planned "
    "supposed purebred thoroughbred hundred sacred "
    "concerned pleased excited worried interested delighted involved tired needed "
    "enclosed related required limited proposed anticipated projected targeted slated united allied".split()
)
#: Behind a day they tell who told of it: "it ends on Friday, he said".
_SAYS = frozenset("said told added wrote reported announced".split())
_TOLD_WORDS = 3
#: "In a meeting on Friday, he said": what he said is told of.
_INTRO = re.compile(r"\s*(?:in|at|during|on|after|under|following|speaking|late|early|\w+ing)\b", re.IGNORECASE)
_SAID_BY = re.compile(r",\s+(?:said|told|added)\s+(?P<name>(?-i:[A-Z]))?", re.IGNORECASE)
#: "they proposed a plan on Monday", but "the proposed plan".
_EITHER = frozenset("agreed proposed required limited targeted".split())
_WHOSE = frozenset("the a an its our their his her any this be been is are".split())
_OBJECTS = frozenset(["a", "an", "the", "that", ""])
#: What stands before a participle that is no past: "will be released", "we have moved it to Tuesday".
_BEFORE_PARTICIPLE = frozenset("be is are get being to they're".split())
_HAVE = frozenset(["have", "has"])
_BETWEEN = frozenset(["not", "just", "already"])
#: The verb beside the day in its own clause says more than that of the one around it.
_CLAUSE = re.compile(
    r"\b(?:that|which|who|because|while|whether|if|when)\s|[,;]\s{1,3}(?:and|but|so|yet)\s", re.IGNORECASE
)
#: These open a clause that has a verb of its own, if only "ends".
_RELATIVE = re.compile(r"\b(?:which|who)\s$", re.IGNORECASE)
#: "your notes from the call on Monday": who brings something from it has been there.
_FROM_EVENT = re.compile(
    r"\bfrom\s(?:the|our|your|his|her|their|last)\s(?:\w+\s){0,2}(?:meetings?|hearings?|calls?|conference|workshop|discussions?|"
    r"conversations?|sessions?|lunch|dinner|visit|presentation)\s(?:(?:we|you|they|he|she|i)\shad\s)?(?:on\s)?"
    r"(?:(?-i:[A-Z])\w+\s(?:and|or)\s)?$",
    re.IGNORECASE,
)
#: "Monday's report showed": what the day owns does what the verb behind it says.
#: What a day that is named so owns has been done.
_DONE = frozenset(
    "order ruling report article story news paper edition letter memo release decision vote announcement results "
    "earnings close events mail post times journal".split()
)
_OWNS = re.compile(r"['\u2019]s\b")


class Tense(Enum):
    """What the verb nearest to a day tells of it."""

    PAST = auto()
    PRESENT = auto()
    TO_COME = auto()


class Sentence(NamedTuple):
    """The words of a sentence before and behind a day, as far as they matter."""

    before: str
    after: str


@lru_cache(maxsize=256)
def sentence_around(text: str, start: int, end: int) -> Sentence:
    """Return the sentence around characters [start, end) of *text*."""
    before, after = text[max(0, start - AROUND_CHARS) : start], text[end : end + AROUND_CHARS]
    ends = list(_ends_in(before))
    closed = next(_ends_in(after), None)
    return Sentence(before[ends[-1].end() :] if ends else before, after[: closed.start()] if closed else after)


def _ends_in(words: str) -> Iterator[re.Match[str]]:
    ends = _SENTENCE_END.finditer(words)
    return (one for one in ends if not _SHORTENED.search(words, max(0, one.start() - _SHORTENED_CHARS), one.start()))


def looks_back(text: str, start: int, end: int, perfect: bool | None = None) -> bool:
    """Return whether the sentence around characters [start, end) tells of what is over: the nearest verb decides.

    Args:
        text: What one person wrote.
        start: The first character of the words that name a day or a span.
        end: The one after the last.
        perfect: What "has sent" says: that it is over, that it goes on, or nothing.
    """
    return _tense(text, start, end, perfect) is Tense.PAST


def looks_ahead(text: str, start: int, end: int) -> bool:
    """Return whether the nearest verb beside characters [start, end) tells of what is to come."""
    return _tense(text, start, end, None) is Tense.TO_COME


@lru_cache(maxsize=256)
def _tense(text: str, start: int, end: int, perfect: bool | None) -> Tense:
    said = sentence_around(text, start, end)
    is_owner = _OWNS.match(said.after) is not None
    limit = _LIMIT.search(said.before)
    if limit and limit.start() and not (is_owner and limit["limit"].lower() == "by"):
        return Tense.PRESENT
    if _FROM_EVENT.search(said.before):
        return Tense.PAST
    around, inner = _clause(said.before)
    behind = _CLAUSE.split(said.after)[0] if is_owner else said.after
    before, after, outer = (_WORD.findall(part.lower()) for part in (inner, behind, around))
    if after and said.after[:1].isspace() and _tense_of(after[:1], 0, perfect) is Tense.PAST:
        return Tense.PAST
    unsaid = _TELLS | _SAYS if _is_told(said) else _TELLS
    nearest = [
        (_tense_of(before, at, perfect) for at in range(len(before) - 1, -1, -1)),
        (_tense_of(after, at, perfect, asks=False) for at in range(len(after)) if after[at] not in unsaid),
    ]
    if is_owner:
        done = [Tense.PAST] if _DONE.intersection(after[1:4]) else []
        nearest = [*reversed(nearest), (tense for tense in done)]
    if before and _RELATIVE.search(around):
        outer = []
    tenses = chain(*nearest, (_tense_of(outer, at, perfect) for at in range(len(outer) - 1, -1, -1)))
    return next((tense for tense in tenses if tense is not None), Tense.PRESENT)


def _is_told(said: Sentence) -> bool:
    """Return whether the verb behind the day but tells who said it: "it ends on Friday, said Ann"."""
    if not said.after.startswith(",") or _INTRO.match(said.before):
        return False
    is_name = _SAID_BY.match(said.after)
    return len(_WORD.findall(said.before)) >= _TOLD_WORDS and (is_name is None or is_name["name"] is not None)


def _clause(before: str) -> tuple[str, str]:
    """Return what stands before the innermost clause of a sentence, and that clause as far as the day."""
    starts = [found.end() for found in _CLAUSE.finditer(before)]
    return (before[: starts[-1]], before[starts[-1] :]) if starts else ("", before)


def _tense_of(words: list[str], at: int, perfect: bool | None, *, asks: bool = True) -> Tense | None:
    """Return what the word *at* tells; None where it says nothing. Before a day, what one *asks* for lies ahead."""
    word, after = words[at].removesuffix("n't").removesuffix("n\u2019t"), words[at + 1] if at + 1 < len(words) else ""
    pair = (word, after)
    if word in _NOUNS and at and words[at - 1] in _WHOSE:
        return None
    if word in _AHEAD or word.endswith(_AHEAD_ENDS) or pair in _AHEAD_PAIRS:
        is_to_come = word in _TO_COME or pair in _AHEAD_PAIRS or word.endswith("ll")
        return Tense.TO_COME if is_to_come else Tense.PRESENT
    if asks and word in _ASKS and _TO.intersection(words[at + 1 : at + 4]):
        return Tense.PRESENT
    if word in _TELLS or (pair in _TELLS_PAIRS and words[at - 1 : at] != ["be"]):
        return Tense.PAST
    if word in _EITHER and at and words[at - 1] not in _WHOSE and (after in _OBJECTS or words[at + 1 :] == ["on"]):
        return Tense.PAST
    is_regular = word.endswith("ed") and len(word) >= _SHORTEST_REGULAR and word not in _NO_PAST
    return _of_verb(words[max(0, at - 2) : at], perfect) if is_regular or word in _PAST else None


def _of_verb(before: list[str], perfect: bool | None) -> Tense | None:
    """Return what a verb in its past form tells behind the words *before*."""
    if before and (before[-1] in _BETWEEN or before[-1].endswith("ly")):
        before = before[:-1]
    if not before:
        return Tense.PAST
    if before[-1] in _HAVE or before[-1].endswith(("'ve", "\u2019ve")):
        return None if perfect is None else Tense.PAST if perfect else Tense.PRESENT
    return None if before[-1] in _BEFORE_PARTICIPLE or before[-1] in _AHEAD else Tense.PAST
