"""What somebody does for another: the verbs of orders and promises, and how a sentence leads up to one."""

from __future__ import annotations

#: As an order begins with them, whatever it is about.
DO = (
    "send|resend|re-send|forward|call|phone|fax|e-?mail|mail|review|check|confirm|verify|prepare|draft|write|"
    "schedule|reschedule|arrange|set up|put|add|include|remove|delete|eliminate|change|update|revise|correct|modify|"
    "fix|complete|fill|sign|approve|print|copy|file|circulate|distribute|provide|submit|return|reply|respond|answer|"
    "advise|ask|tell|inform|notify|remind|contact|bring|discuss|talk|speak|meet|coordinate|work on|work with|handle|"
    "pay|order|book|cancel|deliver|post|explain|compare|compile|analyze|analyse|consider|ensure|attach|register|rsvp|"
    "process|mention|pull|plan|finalize|pass|attend|see if|see whether|propose|suggest|research|investigate|track|"
    "monitor|click on|assign|describe|determine|identify|install|invite|note that|offer|pick|request|replace|"
    "summari[sz]e|think about|transfer|bear in mind|choose|select|double-?check|touch base|estimate|make|look|follow|"
    "give|page|block|drop|co-ordinate"
)
#: These also begin advertisements, directions and jokes: an order with them is about somebody or something at hand.
DO_AT_HAND = (
    "get|take|keep|help|run|try|come|join|share|issue|find|use|show|start|stop|save|open|leave|let|list|move|"
    "read|wait|watch|enter|focus|create|build|collect|define|develop|pick up|assume|decide|clean"
)
#: Small steps that somebody takes at once, when told that he should or needs to.
STEP = (
    "discuss|talk|meet|speak|decide|determine|send|forward|call|phone|e-?mail|write|put|let|get|report|"
    "have (?:a|another) (?:\\w+ )?(?:call|meeting|conference|chat|discussion|talk|look)|direct|"
    "set up|schedule|arrange|prepare|draft|confirm|check|review|contact|ask|tell|notify|inform|follow up|find out|"
    "figure out|respond|reply|file|submit|sign|update|coordinate|agree on|finali[sz]e|invite|make sure|try"
)
#: What may stand before an order or a question: "Then, after you have signed it, ".
START = (
    r"^(?:(?:and|so|but|also|then|ok|okay|again|next|first|second|finally|otherwise|if not|in the meantime|ps|"
    r"btw|fyi|or|well|yes|no|thanks|hi|hello|hey|sorry|by the way|question|guys|all|folks|team)\b,? ?-{0,2} ?){0,3}"
    r"(?:(?:if|for|when|once|after|before|as|in|on|since|given|per|at|to|while|until|unless|starting|beginning|by|"
    r"with|where)\b[^,?]{2,80}, )?"
)
#: "Ben, could you": a name, then a mark.
CALLED = (
    r"(?:(?-i:[A-Z])[\w.'-]{1,20}(?:(?:,? and| &|/|,)? (?-i:[A-Z])[\w.'-]{1,20}){0,2}"
    r"(?:(?:[,:]| ?--?|\u2013| ?\.{2,3}) |--))?"
)
