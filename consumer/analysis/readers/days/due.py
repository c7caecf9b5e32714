"""Whether something is due by a day: by the words that set a limit, or by a duty to hand something over on it."""

from __future__ import annotations

import re

from consumer.analysis.readers.days.tense import Sentence

_WITHIN = ("within", "binnen", "innerhalb")
#: These say it themselves, some words before the day.
_DUE = re.compile(
    r"\b(?:due(?!\s+(?:to|diligence|process|course)\b)|dead\s?line|no\s+later\s+than|not\s+later\s+than|at\s+the\s+latest|"
    r"(?:offer|quote|bid|password|access|registration|coupon|invitation)\s+(?:\w+\s+){0,2}expires?|spätestens|frist|fällig|zahlbar|au\s+plus\s+tard|a\s+más\s+tardar|rsvp|hear(?:ing)?\s+from\s+you|"
    r"cut-?off)\b[^.!?;]{0,40}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"['\u2019]?s?\s+(?:deadline|due\s+date|cut-?off)\b|,?\s+at\s+the\s+latest\b|"
    r"\s+(?:is|will\s+be)\s+(?:the|our|your|a)\s+(?:\w+\s+)?(?:deadline|due\s+date|cut-?off|last\s+day)\b",
    re.IGNORECASE,
)
_FILLER = (
    r"(?:\s+(?:the|end|of|day|latter|part|close|business|biz|cob|eod|noon|midnight|midday|morning|afternoon|evening|or|before|on|about|"
    r"around|approximately|latest|next|this|coming|early|late|mid|sometime|zum|zur|am|den|dem|ende|"
    r"\d{1,2}(?::\d\d)?\s?(?:[ap]\.?m\.?|uhr)?|[ecmp][sd]?t|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\w{3,9}tag|"
    r"mittwoch),?){0,7}\s*$"
)
#: They set a limit only when the day follows at once: "by courier this afternoon" sets none.
_BY = re.compile(rf"\b(?P<limit>by|before|bis|avant\s+le|antes\s+del?){_FILLER}", re.IGNORECASE)
_UNTIL = re.compile(rf"\b(?:until|till|through|jusqu['\u2019]au){_FILLER}", re.IGNORECASE)
_LIMIT_CHARS = 60
#: What lasts until a day is due on it only where somebody may do something as long.
_OPEN = re.compile(
    r"\b(?:valid|good|open|offers?|quotes?|accept\w*|deadline|registration|bids?|(?:have|has)\s(?:\w+\s){0,3}(?:un)?till?)\b",
    re.IGNORECASE,
)
#: The end of a day of work is named for what has to be done in it.
_CLOSE = re.compile(
    r"\b(?:cob|eod|(?:close|end)\s+of\s+(?:the\s+)?(?:business|day|play)),?\s+(?:on\s+)?$", re.IGNORECASE
)
_BEGINS = re.compile(r"\b(?:starting|beginning|after|since|from|effective)\s", re.IGNORECASE)
_MUST = (
    r"\b(?:must|needs?\s+(?:you\s+|them\s+|him\s+|her\s+)?to|have\s+to|has\s+to|required\s+to|please|obliged\s+to|expect\s+to|asked?\s+to|are\s+to|is\s+to|"
    r"requests?)\b"
)
_GOAL = re.compile(
    r"\b(?:must|needs?|have\s+to|has\s+to|required|please|like\s+to|(?:can|could|would|will)\s+you|should|shall|wants?|goals?|aims?|target|complet\w*|finish\w*|"
    r"submit\w*|deliver\w*|pay|clos(?:e|ing)|done)\b",
    re.IGNORECASE,
)
_OWED = re.compile(
    _MUST
    + r"[^.!?;]{0,80}?\b(?:send|provide|file|filings?|answer|respond|reply|submit|return|pay|complete|finish|deliver|"
    r"forward|sign|approve|(?:turn|hand)\s+in|get\s+(?:back|it|them|this|these|that|you)|let\s+\w+\s+know)\b",
    re.IGNORECASE,
)
#: A day behind these only tells which agenda, or whose.
_WHICH = re.compile(
    r"\b(?:for|from|of|about|regarding|since|after|effective|beginning|starting)\s+(?:the\s+)?$", re.IGNORECASE
)


#: "by Tuesday's storm": what the day owns did it.
_OWN = re.compile(r"['\u2019]s\s(?!close|end|deadline|meeting|call|session)", re.IGNORECASE)
_MEETING_AFTER = re.compile(
    r"\s+(?:\w+\s+)?(?:meeting|call|hearing|conference|session|workshop|event|lunch|dinner)s?\b", re.IGNORECASE
)
_CLAUSE = re.compile(r"\s(?:so|if|but|and|because)\s", re.IGNORECASE)


def is_due(words: str, said: Sentence, *, is_long: bool) -> bool:
    """Return whether something has to be done by the day that *words* name.

    Args:
        words: The words that name it.
        said: The sentence around them.
        is_long: Whether they name a month or more, by which much happens that nobody owes.
    """
    lower = words.lower()
    if lower.startswith(_WITHIN) or _DUE.search(said.before) or _AFTER.match(said.after):
        return True
    before = said.before[-_LIMIT_CHARS:]
    limit = "by" if lower.startswith(("by ", "before ")) else (found := _BY.search(before)) and found["limit"].lower()
    if limit and _OWN.match(said.after):
        return False
    if limit:
        return (limit != "before" and not is_long) or _GOAL.search(f"{said.before} {said.after}") is not None
    if _CLOSE.search(before) and not _BEGINS.search(before):
        return True
    if _UNTIL.search(before):
        return _OPEN.search(said.before) is not None
    return not is_long and _is_owed(said)


def _is_owed(said: Sentence) -> bool:
    """Return whether somebody has to hand something over on the day."""
    if said.after[:1] in ("'", "\u2019") or _WHICH.search(said.before):
        return False
    if _MEETING_AFTER.match(said.after):
        return False
    return _OWED.search(said.before) is not None or _OWED.search(_CLAUSE.split(said.after)[0]) is not None
