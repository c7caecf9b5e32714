"""The story of a chain, put together by code: who deserves a long one, what of the model's sections is kept, how long.

A long one comes from the model's named sections, a short one from the record alone. Padding is a fault: what is said
twice, or repeats the summary, is left out, even where the story is too short then. Pure: no model is asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from consumer.analysis.grounding import Grounded
from consumer.analysis.reading import Reading
from consumer.analysis.said import Said
from consumer.analysis.wire import SECTIONS
from schemas.analysis import Priority
from schemas.completion import Completion

#: How long a full story is.
LEAST_CHARS, MOST_CHARS = 2_200, 3_100
#: A section of fewer is worth asking for again where the story is too short.
SHORT_SECTION_CHARS = 250
#: A chain that says less cannot fill a story without padding.
_LEAST_SAID_CHARS = 1_200
#: One that says so much has a story, whatever it is about.
_MUCH_SAID_CHARS = 3_000
_LEAST_EMAILS = 3
#: From this share of known runs of words on something is said again.
_AGAIN = 0.8
_SENTENCE_END = re.compile(r"(?<=[.!?][\"')\]])\s+|(?<=[.!?])\s+|(?<=[。！？])\s*|\s*\n+\s*")  # noqa: RUF001 - Chinese, Japanese
_ENDED = re.compile(r"[.!?。！？][\"')\]]?$")  # noqa: RUF001 - Chinese, Japanese
_PUNCTUATION = re.compile(r"[.,;:!?]+(?=\s|$)")
_MOST_SAID = 2


def deserves(reading: Reading, priority: Priority) -> bool:
    """Return whether a chain has the substance of a long story, and is worth it: bulk and thanks never are."""
    if reading.ruled.is_bulk or priority is Priority.LOW or reading.said_chars < _LEAST_SAID_CHARS:
        return False
    weighs = priority in {Priority.HIGH, Priority.CRITICAL} or bool(reading.readings.amounts)
    return weighs or reading.said_chars >= _MUCH_SAID_CHARS or len(reading.chain.emails) >= _LEAST_EMAILS


def cleaned(sections: Mapping[str, str], summary: str) -> dict[str, str]:
    """Return *sections* in their order without what they or the summary said before, and without half sentences."""
    told = {name: _whole(sections[name]) for name in SECTIONS if sections.get(name)}
    known = _said(summary)
    kept = {name: text for name, text in told.items() if not _is_said(text, known)}
    said = Said()
    return {name: text for name, given in kept.items() if (text := _new(given, said))}


def joined(sections: Mapping[str, str]) -> str:
    """Return *sections* as one text of at most `MOST_CHARS`: the longest lose their last sentences."""
    left = {name: sentences(text) for name, text in sections.items()}
    while len(text := _text(left)) > MOST_CHARS:
        longest = max(left, key=lambda name: sum(map(len, left[name])))
        if len(left[longest]) == 1:
            return text[:MOST_CHARS].rpartition(" ")[0]
        left[longest].pop()
    return text


def short_form(completion: Completion, grounded: Grounded) -> str:
    """Return a few sentences from the record: what it is about, and what is decided, to do, at risk, open, and next."""
    return " ".join([_ended(completion.summary), *_points(completion, grounded)])


def sentences(text: str) -> list[str]:
    """Return the sentences of *text*."""
    return [sentence for found in _SENTENCE_END.split(text) if (sentence := found.strip())]


def _points(completion: Completion, grounded: Grounded) -> Iterator[str]:
    to_do = [f"{item.owner}: {item.what}" if item.owner else item.what for item in grounded.action_items]
    points = (
        ("Decided", [claim.text for claim in grounded.decisions]),
        ("To do", to_do),
        ("At risk", [claim.text for claim in grounded.risks]),
        ("Next", [completion.next_step] if completion.next_step else []),
    )
    said = _said(completion.summary)
    for name, texts in points:
        new = [text for text in dict.fromkeys(texts) if not _is_said(text, said)][:_MOST_SAID]
        said.add(_plain("\n".join(new)))
        if new:
            yield _ended(f"{name}: {'; '.join(text.rstrip('.') for text in new)}")


def _plain(text: str) -> str:
    """Return *text* as it is compared: where a sentence begins or ends makes no other words of it."""
    return _PUNCTUATION.sub("", text.casefold())


def _said(text: str) -> Said:
    return Said(_plain(text))


def _is_said(text: str, said: Said) -> bool:
    return (said.share([_plain(text)]) or 0) >= _AGAIN


def _text(sections: Mapping[str, list[str]]) -> str:
    return "\n\n".join(f"{name.capitalize()}: {' '.join(found)}" for name, found in sections.items() if found)


def _new(text: str, said: Said) -> str:
    """Return the sentences of *text* that nobody has said before, and add them to what is said."""
    new = []
    for sentence in sentences(text):
        if not _is_said(sentence, said):
            said.add(_plain(sentence))
            new.append(sentence)
    return " ".join(new)


def _whole(text: str) -> str:
    """Return *text* without a last sentence that was cut off; where it is the only one, as it is."""
    found = sentences(text)
    return " ".join(found[:-1] if len(found) > 1 and not _ENDED.search(found[-1]) else found)


def _ended(text: str) -> str:
    return text if _ENDED.search(text) else f"{text}."
