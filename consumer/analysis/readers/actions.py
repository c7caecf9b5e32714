"""What people in a text ask one another to do, and what they promise: a sentence each, by rules.

Precision comes before recall: courtesies, advertising, footers and what outsiders do are passed over. Who "you" and "I"
are is for the caller to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Literal

from consumer.analysis.quotes.words import header_of
from consumer.analysis.readers import promise_forms as promises
from consumer.analysis.readers import request_forms as forms
from consumer.analysis.readers.courtesies import COURTESY, NOISE, advertises
from consumer.analysis.readers.forms import Form
from consumer.analysis.readers.heads import head_spans
from consumer.analysis.readers.sentences import Sentence, sentences_of

#: Whose it is: the writer's, that of whom they write to, or of somebody whom they name.
Party = Literal["writer", "addressee", "named"]
#: What asks less of its reader, the more people it is for: "are we ready?" in a report is a question of its own.
_Genre = Literal["letter", "report", "newspaper"]


@dataclass(frozen=True)
class _Said:
    """A reading of a sentence: what it is, whose it is, and where in it that begins."""

    kind: Literal["request", "commitment"]
    party: Party
    begin: int
    name: str | None = None


_WHAT_CHARS = 160
#: "Please feel free to call if …" begins so far before its courtesy.
_POLITE_CHARS = 20
_MOST = 2_000
#: Longer sentences in the form of an order or a question are prose.
_ORDER_WORDS, _QUESTION_WORDS, _PERSONAL_WORDS = 35, 40, 25
#: So many questions to nobody in particular are the matter that a text is about.
_MANY_QUESTIONS = 6
_NAME = re.compile(
    r"(?:(?:hi|hello|dear|hey|and|also|so|ok|please|pls) )*(?P<name>[A-Z][a-z]+(?: [A-Z][a-z'-]+(?!\s?:))?)\s?(?:,|:|"
    r"--?|"
    r"\u2013|\.{2,3})\s"
)
_GREETING = re.compile(
    r"\s*(?:(?:hi|hello|dear|hey|good morning|good afternoon|mr\.?|ms\.?|mrs\.?|dr\.?),?\s+)*"
    r"(?P<name>[A-Z]\w+(?:['-]\w+)?(?:[^\S\n][A-Z]\w+(?:['-]\w+)?)?)[^\S\n]?(?:[,:!.-]{0,3}[^\S\n]*\n|(?:--?|\u2013|"
    r"\.{2,3}|:)\s|"
    r",\s(?=(?-i:[a-z])|(?:I|We|Here|Please|Could|Attached|The|This|Thanks?|Per|As|It|You|Can|Do|Did|Have|Are|Is|Will|"
    r"What|"
    r"Just|Let|Would|My|In|If|For|Yes|No|Sorry|There|On|To|A|Good|Any)\b))",
    re.IGNORECASE,
)
#: Who tells so often what others said reports for a newspaper.
_CLOSED = re.compile(r"[^\"]+[,.?!]\"")
_REPORTED = re.compile(r"\bsaid\b")
_OTHERS = re.compile(r"\b(?:he|she|they|who)\b", re.IGNORECASE)
#: "ORDER INFORMATION …", "Add Payroll Processing Taxes".
_HEADING = re.compile(r"[^a-z :]{2,} [^a-z :]{2,}(?!\S)|(?:[A-Z][\w&-]* ){2,}[A-Z][\w&-]*$")
_ADVERB = re.compile(r"\w{4,}ly$")
_GREETING_CHARS = 1_000
_REPORTED_TIMES, _REPORT_CHARS = 4, 20_000
_LETTER_WORDS = 550
_NO_NAMES = frozenset(
    "all team everyone folks guys both sir madam gentlemen colleagues thanks thank attached note please fyi yes no ok "
    "well also today tomorrow here there re so if to in on at for from by likewise strategically lunch help name date "
    "time place sensitivity subject urgent he she they who which what i we you it the this that per as just however hi "
    "hello dear sorry great greetings email washington congress senate house committee commission court company board "
    "therefore otherwise instead meanwhile hence thus moreover anyway still now plus question questions answer answers "
    "friends ladies best regards cheers sincerely action minister governor senator president secretary chairman "
    "commissioner justice judge perhaps maybe further reason "
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
    """Return the requests and promises in *text*, which one person wrote.

    An advertisement has none; a report, and more so a newspaper, asks and promises in plain words only.
    """
    if advertises(text):
        return []
    genre = _genre(text)
    sentences = list(islice(sentences_of(text, head_spans(text)), _MOST))
    is_treatise = sum(_is_for_nobody(one) for one in sentences) >= _MANY_QUESTIONS
    found: dict[str, FoundAction] = {}
    is_asked = False
    for sentence, after in zip_longest(sentences, sentences[1:]):
        is_matter = (is_treatise and _is_for_nobody(sentence)) or (
            genre == "newspaper" and _REPORTED.search(sentence.words)
        )
        if is_matter or (is_asked and forms.VAGUE.match(sentence.words)) or _is_answered(sentence, after):
            continue
        for action in _actions(sentence, genre):
            found.setdefault(action.what.lower(), action)
            is_asked = is_asked or action.kind == "request"
    return list(found.values())


def _genre(text: str) -> _Genre:
    if len(_REPORTED.findall(text[:_REPORT_CHARS])) >= _REPORTED_TIMES:
        return "newspaper"
    return "report" if len(text[:_REPORT_CHARS].split()) > _LETTER_WORDS else "letter"


def _is_for_nobody(sentence: Sentence) -> bool:
    return sentence.asks and forms.QUESTION_PERSON.search(sentence.words) is None


def _is_answered(sentence: Sentence, after: Sentence | None) -> bool:
    return sentence.asks and after is not None and forms.ANSWER.match(after.words) is not None


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
        and not (" " in name and name.isupper())
        and not _ADVERB.match(first)
        and not (set(name.lower().split()) & _NO_NAMES)
    )


def _actions(sentence: Sentence, genre: _Genre) -> list[FoundAction]:
    """Return what a sentence asks or promises: one thing, or a promise and the request that follows from it."""
    words = sentence.words
    read = list(_readings(sentence, genre))
    # Last, for few sentences ask for anything.
    if not read or NOISE.search(words):
        return []
    courtesy = COURTESY.search(words)
    until = courtesy.start() - _POLITE_CHARS if courtesy else len(words)
    read = [one for one in read if one.begin < until and not _is_cited(words, one.begin)]
    promised = next((one for one in read if one.kind == "commitment" and one.begin < read[0].begin), None)
    said = ([promised] if promised else []) + read[:1]
    return [_found(sentence, one) for one in said + _asked_besides(words, said, until)]


def _asked_besides(words: str, said: list[_Said], until: int) -> list[_Said]:
    """Return what a sentence asks after what it has *said*: "call Ben, and please send the list"."""
    found = forms.AND_PLEASE.search(words, max(one.begin for one in said) + 1) if said else None
    return [_Said("request", "addressee", found.start("asked"))] if found and found.start() < until else []


def _found(sentence: Sentence, said: _Said) -> FoundAction:
    words = sentence.words
    name = said.name or (_named(words, said.begin) if said.party == "addressee" else None)
    return FoundAction(
        start=sentence.start,
        end=sentence.end,
        what=_cut(words[said.begin :]),
        kind=said.kind,
        party=said.party,
        name=name,
    )


def _readings(sentence: Sentence, genre: _Genre) -> Iterator[_Said]:
    """Yield what a sentence may be, the surest first."""
    words = sentence.words
    low = words.lower()
    if (found := forms.REQUEST.first(words, low)) and not _is_told(*found):
        who = next((who for who in found[1].groupdict().values() if who and _is_name(who)), None)
        yield _Said("request", "addressee", 0 if found[0].whole else found[1].start(), who)
    if genre == "letter" and (_is_question(sentence) or _is_order(words)):
        yield _Said("request", "addressee", 0)
    if promised := promises.PROMISE.first(words, low):
        yield _Said("commitment", "writer", 0 if promised[0].whole else promised[1].start())
    named = None if genre == "newspaper" else promises.NAMED_PROMISE.search(words)
    if named and _is_name(named["name"]) and not promises.OUTSIDE.search(words[: named.start()]):
        yield _Said("commitment", "named", named.start(), named["name"])


def _is_cited(words: str, begin: int) -> bool:
    """Return whether what begins at *begin* stands in quotation marks, also in such as an earlier sentence opened."""
    if '"' not in words:
        return False
    return words.count('"', 0, begin + 1) % 2 == 1 or _CLOSED.match(words, begin) is not None


def _is_told(form: Form, found: re.Match[str]) -> bool:
    """Return whether "… and get back to me" goes on about somebody else."""
    return form.name == "know" and _OTHERS.search(found.string[: found.start()]) is not None


def _is_question(sentence: Sentence) -> bool:
    words = sentence.words
    count = words.count(" ")
    if count >= _QUESTION_WORDS:
        return False
    if forms.QUESTION_ORDER.match(words) and not words.endswith((":", "!")):
        return True
    if not sentence.asks:
        return False
    if forms.QUESTION_START.match(words) is not None:
        return True
    return count < _PERSONAL_WORDS and forms.QUESTION_YOU.match(words) is not None


def _is_order(words: str) -> bool:
    if words.count(" ") >= _ORDER_WORDS or words.endswith(":") or _HEADING.match(words) or forms.NO_ORDER.match(words):
        return False
    return forms.BARE_ORDER.match(words) is not None or (" " in words and forms.ORDER.match(words) is not None)


def _named(words: str, begin: int) -> str | None:
    """Return whom a request calls by name: "Ben, could you"."""
    found = _NAME.match(words) or _NAME.match(words, begin)
    name = found["name"] if found else ""
    return name if _is_name(name) else None


def _cut(words: str) -> str:
    """Return *words* as far as anybody reads, ended at a word."""
    said = words.strip(" ,;:-")
    if len(said) <= _WHAT_CHARS:
        return said
    return said[:_WHAT_CHARS].rpartition(" ")[0] or said[:_WHAT_CHARS]
