"""What people in a text ask one another to do, and what they promise: a sentence each, by rules.

Precision comes before recall: courtesies, advertising, footers and what outsiders do are passed over. Who "you" and "I"
are is for the caller to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from consumer.analysis.quotes.words import header_of
from consumer.analysis.readers import request_forms as forms
from consumer.analysis.readers.heads import head_spans
from consumer.analysis.readers.sentences import Sentence, sentences_of

#: Whose it is: the writer's, that of whom they write to, or of somebody whom they name.
Party = Literal["writer", "addressee", "named"]
_Said = tuple[Literal["request", "commitment"], Party, int]

_WHAT_CHARS = 160
#: What is asked for stands before these words, or around them.
_WHOLE = ("ready", "mandatory", "could", "would")
_MOST = 2_000
#: Longer sentences in the form of an order or a question are prose.
_ORDER_WORDS, _QUESTION_WORDS, _SHORT_WORDS = 35, 40, 12
_NAME = re.compile(
    r"(?:(?:hi|hello|dear|hey|and|also|so|ok|please|pls) )*(?P<name>[A-Z][a-z]+(?: [A-Z][a-z'-]+)?)\s?(?:,|:|--?|"
    r"\u2013|\.{2,3})\s"
)
_GREETING = re.compile(
    r"\s*(?:(?:hi|hello|dear|hey|good morning|good afternoon|mr\.?|ms\.?|mrs\.?|dr\.?),?\s+)*"
    r"(?P<name>[A-Z][\w'-]+(?:[^\S\n][A-Z][\w'-]+)?)[^\S\n]?(?:[,:!.-]{0,3}[^\S\n]*\n|(?:--?|\u2013|\.{2,3}|:)\s|"
    r",\s(?=(?-i:[a-z])|(?:I|We|Here|Please|Could|Attached|The|This|Thanks?|Per|As|It|You|Can|Do|Did|Have|Are|Is|Will|What|"
    r"Just|Let|Would|My|In|If|For|Yes|No|Sorry|There|On|To|A|Good|Any)\b))",
    re.IGNORECASE,
)
#: Who tells so often what others said reports for a newspaper.
_REPORTED = re.compile(r"\bsaid\b")
_OTHERS = re.compile(r"\b(?:he|she|they|who)\b", re.IGNORECASE)
_ADVERB = re.compile(r"\w{4,}ly$")
_GREETING_CHARS = 1_000
_REPORTED_TIMES, _REPORT_CHARS = 4, 20_000
_NO_NAMES = frozenset(
    "all team everyone folks guys both sir madam gentlemen colleagues thanks thank attached note please fyi yes no ok "
    "well also today tomorrow here there re so if to in on at for from by likewise strategically lunch help name date "
    "time place sensitivity subject urgent he she they who which what i we you it the this that per as just however hi "
    "hello dear sorry great greetings email washington congress senate house committee commission court company board "
    "last monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december and but then next first second finally".split()
)


@dataclass(frozen=True, kw_only=True)
class FoundAction:
    """Something to do, said in the sentence at characters [start, end); `name` is whom it names for it, if "
    "anybody.
    """

    start: int
    end: int
    what: str
    kind: Literal["request", "commitment"]
    party: Party
    name: str | None = None


def read(text: str) -> list[FoundAction]:
    """Return the requests and promises in *text*, which one person wrote; what a newspaper reports has none."""
    if len(_REPORTED.findall(text[:_REPORT_CHARS])) >= _REPORTED_TIMES:
        return []
    found: dict[str, FoundAction] = {}
    follows = False
    for sentence in islice(sentences_of(text, head_spans(text)), _MOST):
        said = [] if follows and forms.VAGUE.match(sentence.words) else _actions(sentence)
        follows = bool(said)
        for action in said:
            found.setdefault(action.what.lower(), action)
    return list(found.values())


def greeted(text: str) -> str | None:
    """Return whom *text* greets in its first line below the header lines, if anybody."""
    lines = text[:_GREETING_CHARS].splitlines(keepends=True)
    skipped = 0
    while skipped < len(lines) and (not lines[skipped].strip() or header_of(lines[skipped].strip())):
        skipped += 1
    found = _GREETING.match("".join(lines[skipped:]))
    name = found["name"] if found else ""
    return name if _is_name(name) else None


def _is_name(name: str) -> bool:
    first = name.partition(" ")[0]
    return (
        first[:1].isupper()
        and first.isalpha()
        and not _ADVERB.match(first)
        and not (set(name.lower().split()) & _NO_NAMES)
    )


def _actions(sentence: Sentence) -> list[FoundAction]:
    """Return what a sentence asks or promises: one thing, or a promise and the request that follows from it."""
    words = sentence.words
    read = list(_readings(sentence))
    # Last, for few sentences ask for anything.
    if not read or forms.NOISE.search(words) or forms.COURTESY.search(words):
        return []
    promised = next((one for one in read if one[0] == "commitment" and one[2] < read[0][2]), None)
    return [_found(sentence, one) for one in ([promised] if promised else []) + read[:1]]


def _found(sentence: Sentence, said: _Said) -> FoundAction:
    kind, party, begin = said
    words = sentence.words
    name = _named(words, begin) if party == "addressee" else _promiser(words, begin) if party == "named" else None
    return FoundAction(
        start=sentence.start, end=sentence.end, what=_cut(words[begin:]), kind=kind, party=party, name=name
    )


def _readings(sentence: Sentence) -> Iterator[_Said]:
    """Yield what a sentence may be, the surest first, and where in it that begins."""
    words = sentence.words
    low = words.lower()
    for pattern in (forms.REQUEST, forms.OTHER_REQUEST):
        if (found := forms.find(pattern, words, low)) and not _is_told(found):
            yield "request", "addressee", 0 if found.lastgroup in _WHOLE else found.start()
    if _is_question(sentence) or _is_order(words):
        yield "request", "addressee", 0
    for pattern in (forms.PROMISE, forms.OTHER_PROMISE):
        if found := forms.find(pattern, words, low):
            yield "commitment", "writer", found.start()
    named = forms.NAMED_PROMISE.search(words)
    if named and _is_name(named["name"]) and not forms.OUTSIDE.search(words[: named.start()]):
        yield "commitment", "named", named.start()


def _is_told(found: re.Match[str]) -> bool:
    """Return whether "… and get back to me" goes on about somebody else."""
    return found.lastgroup == "know" and _OTHERS.search(found.string[: found.start()]) is not None


def _is_question(sentence: Sentence) -> bool:
    words = sentence.words
    if not sentence.asks or words.count(" ") >= _QUESTION_WORDS:
        return False
    if forms.QUESTION_START.match(words) is None:
        return False
    return words.count(" ") < _SHORT_WORDS or forms.QUESTION_PARTY.search(words) is not None


def _is_order(words: str) -> bool:
    if words.count(" ") >= _ORDER_WORDS or words.endswith(":") or words.isupper():
        return False
    return forms.BARE_ORDER.match(words) is not None or (" " in words and forms.ORDER.match(words) is not None)


def _named(words: str, begin: int) -> str | None:
    """Return whom a request calls by name: "Ben, could you"."""
    found = _NAME.match(words) or _NAME.match(words, begin)
    name = found["name"] if found else ""
    return name if _is_name(name) else None


def _promiser(words: str, begin: int) -> str | None:
    found = forms.NAMED_PROMISE.match(words, begin)
    return found["name"] if found else None


def _cut(words: str) -> str:
    """Return *words* as far as anybody reads, ended at a word."""
    said = words.strip(" ,;:-")
    if len(said) <= _WHAT_CHARS:
        return said
    return said[:_WHAT_CHARS].rpartition(" ")[0] or said[:_WHAT_CHARS]
