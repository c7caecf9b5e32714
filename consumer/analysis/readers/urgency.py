"""Words that press, that calm and that mark bulk mail, in several languages; one place each, as they stand.

What the words mean where they stand (negated, a lawyer's footer) is not asked here (`consumer.analysis.pressing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from consumer.analysis.readers.windows import windows

CRITICAL = re.compile(
    r"\b(?:(?:is|have|had|facing) an emergency|emergency (?:shutdown|stop|repair|call)|injur(?:y|ed|ies)|outage|"
    r"production (?:is )?down|"
    r"(?:server|system|site|line|shop|service|network|website)s? (?:is|are) down|"
    r"data breach|safety (?:hazard|incident)|gas leak|fire alarm|line stop|"
    r"(?:the|a|product|safety|immediate|voluntary) recall|recall (?:notice|campaign|all|lot)|recall of (?:all|the|lot)|"
    r"notfall|verletz(?:t|ung)|ausfall|produktion steht|stillstand|rückruf(?:aktion)?|panne totale|urgence absolue|"
    r"emergencia)\b",
    re.IGNORECASE,
)
HIGH = re.compile(
    r"\b(?:urgent(?:ly)?|asap|as soon as possible|right away|"
    r"(?:please|must|need|call|answer|reply|respond|contact|tell|stop|send|act)\b[^.!?]{0,40}\bimmediately|"
    r"deadline|overdue|final notice|last reminder|notice of (?:default|termination|breach)|termination (?:letter|"
    r"notice)s?|"
    r"complain(?:t|ts|ing)?|unacceptable|escalat(?:e|ed|ing|ion)|legal action|lawsuit|"
    r"cancel (?:the|our) (?:order|contract)|"
    r"dringend\w{0,2}|eilig|sofort|umgehend|mahnung|überfällig|reklamation|beschwerde|frist|"
    r"au plus vite|réclamation|urgente|lo antes posible|reclamación|pilne|срочно)\b|紧急|緊急|至急",
    re.IGNORECASE,
)
BULK = re.compile(
    r"\b(?:unsubscribe|view (?:this|it) in (?:your|a) browser|abmelden|abbestellen|se désabonner|"
    r"darse de baja|mailing preferences|you (?:are )?receiv(?:e|ed|ing) this (?:e-?mail|message|newsletter))\b",
    re.IGNORECASE,
)
SETTLED = re.compile(
    r"\b(?:(?:is|are|been|now|problem|issue|all) (?:fully )?(?:resolved|fixed|solved|restored|settled)|works again|"
    r"(?:is|are) (?:up|running|working|online|available|reachable) again|(?:is|are) back (?:up|online|in service)|"
    r"behoben|gelöst|erledigt|(?:läuft|funktioniert|geht) wieder)\b",
    re.IGNORECASE,
)
THANKS = re.compile(r"\b(?:thanks|thank you|danke|merci|gracias|cheers|dziękuję)\b", re.IGNORECASE)
#: Of the words that press, those that lawyers use every day.
OF_THE_TRADE = re.compile(r"complain|lawsuit|legal action|escalat|beschwerde|frist", re.IGNORECASE)
#: What stands in each of these, found many times faster than they are tried, and how far they reach from it.
_TRACES = {
    CRITICAL: (
        "emergenc injur outage down breach hazard incident leak alarm stop recall notfall verletz ausfall steht "
        "stillstand rückruf panne urgence"
    ).split(),
    HIGH: (
        "urgent asap soon away immediately deadline overdue notice reminder termination complain unacceptable escalat "
        "action lawsuit cancel dringend eilig sofort umgehend mahnung überfällig reklamation beschwerde frist vite "
        "réclamation antes reclamación pilne срочно 紧急 緊急 至急"
    ).split(),
    BULK: "unsubscribe browser abmelden abbestellen désabonner darse mailing receiv".split(),
}
_REACH_CHARS = 60


def places(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the matches of one of these patterns within characters [start, end) of *text*."""
    traces = _TRACES.get(pattern)
    if traces is None:
        yield from pattern.finditer(text, start, end)
        return
    for first, last in windows(text[start:end], traces, before=_REACH_CHARS, after=_REACH_CHARS):
        yield from pattern.finditer(text, start + first, start + last)
