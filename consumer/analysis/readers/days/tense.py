"""Whether a sentence looks back or ahead at the day that it names, by the verbs beside it."""

from __future__ import annotations

import re

AROUND_CHARS = 120
_SENTENCE_END = re.compile(r"[.!?;](?=\s)|\n\s{0,20}\n")
#: A full stop behind these ends no sentence.
_SHORTENED = re.compile(
    r"(?:\b(?:[a-z]|mr|mrs|ms|dr|st|no|inc|co|corp|vs|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec))\Z", re.IGNORECASE
)
_CUE = re.compile(
    r"\b(?P<ahead>will|won't|shall|going to|can|could|would|should|may|might|must|let's|let us|please|plans?|"
    r"planning|"
    r"needs?|wants?|like to|is|are|am|be|hopes?|hoping|upcoming|intends?|expects?|do you|does|tentatively|wird|"
    r"werden|"
    r"kann|können|soll|bitte|werde|sera|peut|doit|va)\b|"
    r"(?P<ahead_short>'ll\b|'m\b|'re\b|\b(?:by|until|till|for|before) (?:the |this |close of business |cob |eod )?$)|"
    r"\b(?P<past>was|were|had|did|didn't|sent|met|spoke|wrote|went|got|gave|took|told|said|saw|came|made|held|"
    r"began|left|found|heard|paid|bought|sold|thought|knew|understood|submitted|put|read|since|ago|dated|"
    r"following up on|thanks for|thank you for|per our|as discussed|at our|war|waren|"
    r"hatte|hatten|wurde|wurden|seit|était|avait|fue|estaba)\b|"
    r"\b(?P<regular>[a-z]{3,14}ed)\b",
    re.IGNORECASE,
)
#: They end like a past tense and are none, or tell of a plan.
_NO_PAST = frozenset(
    "need wanted indeed proceed exceed succeed speed feed seed agreed attached interested scheduled expected "
    "planned supposed "
    "enclosed related required limited proposed anticipated projected targeted slated united allied".split()
)
#: What stands before a participle that is no past: "will be released", "we have moved it to Tuesday".
_PASSIVE = re.compile(
    r"\b(?:be|is|are|get|being|to|have|has|they're|'ve)\s+(?:\w+ly\s+|not\s+|just\s+)?$", re.IGNORECASE
)


def sentence_before(text: str, start: int) -> str:
    """Return the words of the sentence before character *start*, as far as they matter."""
    window = text[max(0, start - AROUND_CHARS) : start]
    ends = [found for found in _SENTENCE_END.finditer(window) if not _SHORTENED.search(window, 0, found.start())]
    return window[ends[-1].end() :] if ends else window


def sentence_after(text: str, end: int) -> str:
    """Return the words of the sentence from character *end* on, as far as they matter."""
    window = text[end : end + AROUND_CHARS]
    found = _SENTENCE_END.search(window)
    return window[: found.start()] if found else window


def looks_back(text: str, start: int, end: int) -> bool:
    """Return whether the sentence around characters [start, end) tells of what is over: the nearest verb decides."""
    before = sentence_before(text, start)
    cues = [cue for found in _CUE.finditer(before) if (cue := _tense(before, found)) is not None]
    if cues:
        return cues[-1]
    after = sentence_after(text, end)
    return next((cue for found in _CUE.finditer(after) if (cue := _tense(after, found)) is not None), False)


def _tense(words: str, found: re.Match[str]) -> bool | None:
    """Return whether a cue is one of the past; None where it says nothing."""
    if found["regular"]:
        if found["regular"].lower() in _NO_PAST:
            return None
        return not _PASSIVE.search(words, 0, found.start())
    if found["past"]:
        return None if _PASSIVE.search(words, 0, found.start()) else True
    return False
