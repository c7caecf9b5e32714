"""How a mail talks to whoever sorts it: the forms of such words, in several languages.

The patterns are for folded text without accents (`instructions.bare`). Each form has the syllables without which
its pattern cannot match: they are looked for first, for almost every mail has none of them.
"""

from __future__ import annotations

import codecs
import re
import string
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

#: A mail with more of them is a page about prompts, and nobody reads them all.
MOST = 100
_WORD = re.compile(r"\w+")
#: What parts words in ASCII, as `_WORD` does three times slower.
_SIGNS = {ord(sign): " " for sign in string.punctuation if sign != "_"}
_begin = itemgetter(slice(0, 4))


class Syllable(NamedTuple):
    """What stands in some words of a form, and how a word in it begins; empty for signs and scripts without spaces."""

    said: str
    begins: str


class Form(NamedTuple):
    """One form: what such words do to their reader, and how to find them in small letters."""

    does: str
    patterns: tuple[tuple[tuple[Syllable, ...], re.Pattern[str], int], ...]

    def finds(self, low: str, known: AbstractSet[str]) -> bool:
        """Return whether text in small letters, whose words begin as is *known*, has this form."""
        return any(_near(low, known, *pattern) for pattern in self.patterns)

    def all_in(self, low: str) -> Iterator[re.Match[str]]:
        """Yield each place of this form in text in small letters, at most so many of one pattern."""
        for _, pattern, _ in self.patterns:
            yield from islice(pattern.finditer(low), MOST)


def beginnings(low: str) -> AbstractSet[str]:
    """Return how the words of a text begin: most syllables are told to be missing without a look at the text."""
    words = low.translate(_SIGNS).split() if low.isascii() else _WORD.findall(low)
    return set(map(_begin, set(words)))


def may_be_turned(low: str, known: AbstractSet[str]) -> bool:
    """Return whether a text whose words begin as is *known* may have one of the forms in rot13."""
    return any(one.said in low for one in _TURNED if not one.begins or one.begins in known)


def _near(
    low: str, known: AbstractSet[str], syllables: tuple[Syllable, ...], pattern: re.Pattern[str], chars: int
) -> bool:
    """Return whether *pattern* stands so near one of its *syllables*; where these are frequent, anywhere."""
    for syllable, begins in syllables:
        if begins and begins not in known:
            continue
        at, tried = low.find(syllable), 0
        while at >= 0:
            if tried * chars > len(low):
                return pattern.search(low) is not None
            if pattern.search(low, max(0, at - chars), at + chars):
                return True
            at, tried = low.find(syllable, at + 1), tried + 1
    return False


def _form(does: str, *found: tuple[str, str] | tuple[str, str, int]) -> Form:
    """Return a form of *found*: syllables, the pattern, and how far from them it may reach."""
    patterns = (
        (tuple(map(_syllable, syllables.split(";"))), re.compile(pattern), *(chars or (_NEAR_CHARS,)))
        for syllables, pattern, *chars in found
    )
    return Form(does, tuple(patterns))


def _syllable(said: str) -> Syllable:
    """Return *said* with its longest word, which is the rarest."""
    words = said.split() if said.replace(" ", "").replace("_", "").isalpha() and said.isascii() else [""]
    longest: str = max(words[::-1], key=len)
    return Syllable(said, _begin(longest))


_LEVEL = r"(?:low|normal|high|critical|top|niedrig|hoch|kritisch|basse|haute|baja|alta|bassa)"
_RANK = r"(?:priority|urgency|business value|prioritat|dringlichkeit|priorite|prioridad|priorita)"
#: "example.com" and what stands in quote marks do not end a sentence.
_IN_SENTENCE = r"(?:[^.!?]|[.!?](?=\S|[^\"\u201d]{0,100}[\"\u201d]))"
_NEAR_CHARS, _CLOSE_CHARS, _BESIDE_CHARS = 240, 80, 40
_ANSWER = r"(?:answer|response|reply|output|summary)"
_MACHINE = r"(?:ai|assistant|llm|chatbot|bot|language model|e-?mail (?:sorter|assistant|classifier)|summari[sz]er)"
#: The ends of a sentence in Chinese and Japanese.
_NO_END = "[^\u3002\uff01\uff1f]"

FORGET = _form(
    "tells its reader to forget instructions",
    (
        "ignore;disregard;forget;override",
        (
            r"\b(?:ignore|disregard|forget|override) (?:of )?(?:the )?"
            r"(?:(?:all|any|your|previous|prior|above|earlier) (?:of )?(?:the )?){1,4}"
            r"(?:instruction|prompt|rule|direction|guideline|order from)"
        ),
    ),
    (
        "ignorier;vergiss;vergessen;missacht",
        r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*) (?:\w+ ){0,4}(?:anweisung|instruktion|regel)",
    ),
    (
        "ignor;oubli;olvid;dimentic",
        r"\b(?:ignor\w+|oublie[zr]?|olvid\w+|dimentica\w*) (?:[\w']+ ){0,4}(?:instruc\w+|consignes|istruzioni)",
    ),
    ("игнорир", r"игнорир\w+ (?:\w+ ){0,3}(?:инструкци|указани)"),
    (
        "忽略;无视;無視",
        rf"(?:忽略|无视|無視){_NO_END}{{0,12}}(?:指令|指示|说明|命令)|(?:指令|指示|命令){_NO_END}{{0,8}}(?:忽略|无视|無視)",
    ),
)
RANK = _form(
    "sets a priority or a value",
    (
        "priori;urgency;dringlich;business value",
        (
            rf"\b(?:set|mark|rate|classify|treat|flag|change|score)\b[^.!?]{{0,40}}\b{_RANK}\b"
            rf"[^.!?]{{0,15}}\b(?:to|as|at|{_LEVEL})\b"
        ),
    ),
    (
        "mark;flag;rate;classify;treat",
        (
            r"[cfmrt](?<!\w.)(?:(?<=m)ark|(?<=f)lag|(?<=r)ate|(?<=c)lassify|(?<=t)reat)\b"
            rf"[^.!?]{{0,30}}\b(?:as|with)\b[^.!?]{{0,10}}\b{_LEVEL}\b"
        ),
        _CLOSE_CHARS,
    ),
    (
        "priori;dringlich",
        rf"\b(?:setz\w*|stufe\w*|mets|mettez|pon|ponga|establece|imposta)\b[^.!?]{{0,40}}\b{_RANK}\b",
    ),
    ("business value", r"\bbusiness value (?:is|to|of|=|:)", _CLOSE_CHARS),
    ("优先级;優先度", rf"(?:优先级|優先度){_NO_END}{{0,6}}(?:设|設|低|高)"),
)
FIELDS = _form(
    "holds fields of our record",
    (
        "priority;workflow_state;next_step;action_items;amount_quotes;business_value;open_questions",
        (
            r"[\"'](?:priority|priority_reason|priority_quote|workflow_state|next_step|action_items|amount_quotes|"
            r"business_value|open_questions)[\"']\s{0,3}:"
        ),
    ),
)
MACHINE = _form(
    "speaks to a machine",
    ("prompt", r"\bsystem prompt\b|\b(?:reveal|repeat|print|show|output) (?:\w+ )?(?:your|the) (?:\w+ )?prompt\b"),
    ("hidden", r"\bhidden instructions?\b"),
    ("your instructions", r"\b(?:reveal|repeat|print|show|output) (?:\w+ )?your instructions\b"),
    ("as an ai", r"\bas an ai\b"),
    ("##", r"#{2,} ?(?:system|instruction|assistant)\b"),
    (
        " assistant; language model; ai",
        r"\byou are (?:now )?(?:an? )?(?:\w+ )?(?:assistant|language model|ai)\b",
        _CLOSE_CHARS,
    ),
    (
        " ai; assistant; llm; chatbot; bot; language model;mail sorter;mail classifier; summari",
        rf"\b(?:dear|attention|hey|hello|(?:note|instructions?|message) (?:to|for)(?: the| any)?) {_MACHINE}\b",
        _BESIDE_CHARS,
    ),
    (
        "reading this;sing this;zing this;sorting this",
        r"\b(?:ai|llm)s? (?:systems? |models? |assistants? )?(?:reading|processing|summari[sz]ing|sorting) this\b",
    ),
)
DICTATE = _form(
    "dictates an answer",
    (
        "your answer;your response;your reply;your output;your summary",
        (
            r"\b(?:add|append|insert|integrate|include|incorporate|mention|convert|replace|rearrange|scramble|misspell|"
            rf"jumble|remove|suggest|introduce|substitute|combine|group)\b{_IN_SENTENCE}{{0,140}}"
            rf"\b(?:in|to|of|from|with) your {_ANSWER}\b"
            rf"|\b(?:modify|augment|enhance) your {_ANSWER}\b"
            rf"|\bin your {_ANSWER}, (?:suggest|add|include|mention|tease|say)\b"
        ),
    ),
    ("only with", r"\b(?:answer|respond|reply) only with\b"),
    (
        "phrase;word;sentence",
        r"\b(?:add|include|append|write|output|insert) (?:the|this|these) (?:\w+ ){0,2}(?:phrase|words?|sentence)\b",
    ),
    (
        "satz;wort;frase;phrase;palabra;parola",
        r"\b(?:fuge|ajoute[zr]?|anad\w+|aggiung\w+) (?:\w+ ){0,4}(?:satz|wort|worter|phrase|frase|palabra|parola)\b",
    ),
    ("repeat", r"\brepeat (?:[\w\"']+ ){1,4}(?:forever|without (?:end|stopping)|\d{3,} times)"),
)
TURN = _form(
    "imitates a turn of the chat",
    (
        "<|;<\uff5c;<<sys;<</sys;[inst];[/inst];_of_turn>",
        r"<[|\uff5c][a-z_\uff5c|\u2581 ]{2,40}[|\uff5c]>|<</?sys>>|\[/?inst\]|</?(?:start|end)_of_turn>",
    ),
)
TAGS = _form("imitates the tags around the mail", ("<mail;</mail", r"</?mail\b[^<>]{0,40}>"))

FORMS = (TURN, TAGS, FORGET, MACHINE, FIELDS, RANK, DICTATE)
#: "Please add the words … to your reply" is said among people too: of this form only the sentence counts. What the
#: others say goes on to the end of the paragraph.
OF_ONE_SENTENCE = (DICTATE,)
_TURNED = [
    Syllable(codecs.encode(one.said, "rot13"), codecs.encode(one.begins, "rot13"))
    for form in FORMS
    for syllables, _, _ in form.patterns
    for one in syllables
    if one.said.isascii()
]
