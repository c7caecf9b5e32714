"""The words in which people ask one another for something, and promise it: patterns for one sentence each.

English first; German, French, Spanish and Polish in their plain forms.
"""

from __future__ import annotations

import re

#: What somebody does for another, as it begins an order or follows "will".
_DO = (
    "send|resend|re-send|forward|call|phone|fax|e-?mail|mail|review|check|confirm|verify|prepare|draft|write|"
    "schedule|reschedule|"
    "arrange|set up|put|add|include|remove|delete|eliminate|change|update|revise|correct|modify|fix|complete|"
    "fill|sign|approve|print|"
    "copy|file|circulate|distribute|provide|submit|return|reply|respond|answer|advise|ask|tell|inform|notify|"
    "remind|contact|"
    "get|give|bring|take|make|find|look|follow|discuss|talk|speak|meet|coordinate|work on|work with|handle|pay|"
    "order|book|cancel|issue|"
    "deliver|share|post|explain|compare|compile|analyze|analyse|consider|ensure|attach|register|rsvp|keep|"
    "process|mention|"
    "help|pull|run|plan|finalize|pass|try|come|join|attend|see if|see whether|propose|suggest|research|"
    "investigate|track|monitor|click on"
)
_START = (
    r"^(?:(?:and|so|but|also|then|ok|okay|again|next|first|second|finally|otherwise|if not|in the meantime),? )*"
    r"(?:(?:if|for|when|once|after|before|as|in|on|since)\b[^,?]{2,60}, )?"
)
#: "Ben, could you": a name, then a mark.
_CALLED = r"(?:(?-i:[A-Z])[\w.'-]{1,20}(?:(?: and| &|/)? (?-i:[A-Z])[\w.'-]{1,20})?(?:[,:]| ?--?|\u2013| ?\.{2,3}) )?"

#: "please" that asks for nothing.
_EMPTY_PLEASE = (
    r"(?!,? (?:find|see (?:the |my |our )?(?:attach|enclos|below|above|following|ps|my)|note|be (?:advised|aware|"
    r"assured|informed)|"
    r"feel free|accept|disregard|ignore|excuse|forgive|pardon|understand|do(?: not|n't) hesitate|do(?: not|"
    r"n't) (?:reply|respond) to|"
    r"rest assured|refer to the attached|read on|allow me|bear with|delete|destroy|notify|visit|click|go to))"
)
REQUEST = re.compile(
    rf"(?P<please>\b(?:please|pls|plz|kindly)\b{_EMPTY_PLEASE},? (?:also |do |just |try to |be sure to |"
    rf"make sure )?(?!or\b|and\b)\w)|"
    r"(?P<could>\b(?:can|could|would|will|won't) (?:you|someone|somebody|anyone|one of you|you guys|"
    r"you all)\b(?=.*\?|.{0,30}\bplease\b))|"
    r"(?P<would>\bwould you (?:please|mind|be able)\b|\bdo you mind\b)|"
    r"(?P<know>(?:^|[,;:]|\b(?:and|then|but|so|or|to|just)) ?\b(?:let (?:me|us) know|keep (?:me|us) (?:posted|"
    r"informed|advised|updated)|"
    r"get back to (?:me|us)|give (?:me|us) (?:a call|a ring|your)|advise me\b))|"
    r"(?P<appreciate>\b(?:I|we)(?:'d| would| will) (?:\w+ )?(?:appreciate|welcome|be grateful|like (?:you|"
    r"to (?:know|have|get|see|receive|hear)|your|everyone)|"
    r"love (?:to (?:hear|have|get)|your))\b)|"
    r"(?P<forward>\blook(?:ing)? forward to your (?!visit|participation|call|reply|response)\w+)|"
    r"(?P<need>\b(?:I|we)(?:'ll| will| do| also| just| really)? need (?:you\b|your\b|it (?:by|back)|to know\b|"
    r"everyone|someone|"
    r"somebody|information|comments|copies)\b|\bI(?:'ll| will| do| also| just| really)? need (?:the|a|an|any|"
    r"this|that|these|all|some|more)\b)|"
    r"(?P<must>\byou (?:must|(?:will |do |also )?need to|have to|are (?:required|asked|requested) to|"
    r"should (?:write|send|call|contact|make sure|complete))\b)|"
    r"(?P<mandatory>\bit(?:'s| is| will be) (?:mandatory|imperative|essential|critical) that\b)|"
    r"(?P<ready>\bready for (?:your )?(?:approval|signature|review)\b)|"
    rf"(?P<wetoo>\bwe (?:will |do |also |now |still )?need to (?:{_DO})\b)|"
    r"(?P<wonder>\bI(?: was|'m| am)? wonder(?:ing)? if (?:you|we|someone|anyone)\b)|"
    r"(?P<ask>\b(?:I|we) (?:would |am |are )?ask(?:ing)? (?:that |you |each |everyone |all )|\bI(?:'d|"
    r" would) (?:ask|suggest) (?:that )?(?:you|we|the)\b)|"
    r"(?P<want>\b(?:I|we) want (?:you|him|her|them|everyone|someone) to\b)|"
    r"(?P<invite>\b(?:I|we)(?:'d| would) like to invite you|\byou are (?:cordially )?invited\b|"
    r"\bwould like to invite\b)|"
    rf"(?P<lets>{_START}{_CALLED}let(?:'s| us)(?: not| all)? (?!see\b|hope|face|say\b|assume|know\b|pray)\w)",
    re.IGNORECASE,
)
#: Sentences that begin with their verb; the writer of a report begins none so.
ORDER = re.compile(
    rf"{_START}{_CALLED}(?:(?:just|do not|don't|also|always|never|maybe) )?(?:(?:{_DO}) (?!the attached\b|"
    rf"forward\b|you\b|attached\b)"
    r"(?:me|us|him|her|them|it|this|that|these|those|the|a|an|any|all|your|my|our|their|his|each|both|some|"
    r"with|to|for|at|up|"
    r"out|in|on|into|off|over|around|whether|if|what|when|who|how|sure|not|back|and|(?-i:(?!Information|Details|"
    r"Name|Person|Number|Us\b|Phone|Center)[A-Z])[\w.]+)\b|"
    r"mark (?:your|the|this|it)\b|have (?:your|him|her|them|someone|somebody|everyone|(?-i:[A-Z])\w+)\b)",
    re.IGNORECASE,
)
QUESTION_START = re.compile(
    rf"(?:{_START}{_CALLED}|.{{0,120}}, (?:but|and|so) )(?:(?:by the way|btw|also|and|so|well|hi|hello|hey|sorry|"
    rf"question),? ?)?(?:do|did|does|have|has|are|is|was|were|will|"
    r"would|could|can|should|shall|may|had|any|what|when|where|who|whom|which|why|how|am|got|comments|thoughts|"
    r"your|anything|"
    r"if so|is it|isn't|aren't|don't|ok)\b",
    re.IGNORECASE,
)
#: A question that wants an answer speaks to somebody, or of those who speak.
QUESTION_PARTY = re.compile(
    r"\b(?:you|your|yours|we|us|our|I|me|my|this|these|it|comments|thoughts|any|there)\b", re.IGNORECASE
)

_LATER = (
    r"(?! (?:be (?!\w+ing\b)|be (?:travel|leav|working (?!up|on)|start|look|tak|us|gett|stay|fly|go|com|return|"
    r"hav|miss|be)\w*ing|not\b|never\b|"
    r"have\b|tell you\b|chime|assume|admit|miss|need\b|see you|talk to you|look forward|always|continue|"
    r"also be (?!\w+ing)|"
    r"probably be|say\b|bet\b|"
    r"know\b|want|likely|only|remain|likewise|love|enjoy|wait))"
)
#: What a firm announces is no promise to somebody: "we will eliminate", "we will review".
_WE_DO = (
    "send|resend|forward|call|phone|fax|e-?mail|mail|distribut|circulat|provid|get|keep|let you|give you|give|"
    "prepar|draft|"
    "follow up|work on|contact|set up|schedul|arrang|advise|respond|reply|issu|discuss|pay|deliver|submit|ship|"
    "notify|post|tell"
)
PROMISE = re.compile(
    rf"(?P<i>\bI(?:'ll| will| shall|(?:'m| am) going to(?= (?:be |{_DO})\b)| plan to|"
    rf" intend to)\b{_LATER}(?: also| then| just|"
    rf" certainly| gladly| try to| be happy to)? \w)|"
    rf"(?P<am>\bI am (?:forwarding|sending|delivering|preparing|arranging|working on)\b)|"
    rf"(?P<we>\bwe(?:'ll| will| shall| plan to| are going to)\b(?: also| then|"
    rf" just)? (?:be )?(?:{_WE_DO})(?:e|ing)?\b(?! (?:able|ready)))",
    re.IGNORECASE,
)
#: Somebody who is named does it: "Ben will send".
NAMED_PROMISE = re.compile(
    r"(?P<name>\b[A-Z][a-z]+(?: [A-Z][a-z'-]+| [A-Z]\.){0,2})(?: \([^()]{1,40}\))? "
    rf"(?:(?:will|is going to)(?: also| then)? (?:be )?(?:{_DO})(?:ing|ting)?\b|(?:has|have) (?:agreed|offered|"
    rf"promised) to\b|is (?:sending|preparing|working on)\b)"
)
#: Titles of people who are spoken of, not with.
OUTSIDE = re.compile(
    r"\b(?:gov|governor|sen|senator|rep|president|secretary|chairman|commissioner|justice|judge)\.? $", re.IGNORECASE
)
COURTESY = re.compile(
    r"\b(?:call|contact|phone|e-?mail|reach|let .{2,30} know|get back to|ask|feel free|hesitate|advise|speak|"
    r"get in touch|give (?:me|us)|available)\b"
    r".{0,90}\b(?:if|should|with) (?:you |there |anyone |any |further )?.{0,30}(?:question|concern|(?:need|"
    r"require) (?:any|further|additional|more|help|assist)|"
    r"assistance|can help|can be of|like to discuss|wish to discuss|anything else|interested in)|"
    r"\b(?:if|should) (?:you|there|anyone).{0,60}(?:question|concern|(?:need|require) (?:any|further|additional|"
    r"more|help)|assistance|wish to discuss|"
    r"like to discuss|interested in).{0,60}\b(?:call|contact|phone|e-?mail|reach|let|feel free|hesitate|advise|"
    r"give)\b|"
    r"\b(?:thank you|thanks) (?:very much |so much )?for (?:your|the|all)\b|\bappreciate (?:your|the|"
    r"all) (?:help|time|support|patience|efforts?|hard)|"
    r"^if you(?:'d| would)? (?:like|wish|want|choose|prefer|plan|have (?:trouble|difficult|any problem))\b|"
    r"^talk to (?:you|ya)\b|\bjoin (?:me|us) in (?:congrat|welcom|wish|thank)|\bcall me (?:\w+ )?illiterate|"
    r"\bhow are you\b|\bhope (?:all|you|this|everything)\b|\bfeel free to (?:call|contact|e-?mail|let)\b",
    re.IGNORECASE,
)
NOISE = re.compile(
    r"\bunsubscribe\b|\bsubscri(?:be|ption)|\bintended (?:recipient|only|solely|for the)|\bin error\b|"
    r"\bclick (?:here|on|below|the)|\bconfidential\b.{0,60}\bprivileged\b|"
    r"\b(?:mailing|distribution) list\b.{0,40}\bremove|\bprivacy policy\b|\bcopyright\b|\ball rights reserved\b|"
    r"\bvisit (?:our|us|the|www)|"
    r"\b(?:don't miss|order now|buy now|sign up|act now|free trial|limited time|special offer)\b|"
    r"\bdo you yahoo\b|\bfw:|^re:",
    re.IGNORECASE,
)
OTHER_REQUEST = re.compile(
    r"\bbitte\b(?! (?:finden|beachten|entnehmen|nicht|sehr|entschuldigen))|\bkönn(?:en|ten|test|tet) (?:sie|du|"
    r"ihr)\b|\bwürden sie\b|"
    r"\b(?:merci de|veuillez(?! (?:trouver|agréer|recevoir|accepter))|pouvez-vous|pourriez-vous|peux-tu|"
    r"pourrais-tu|prière de)\b|"
    r"\b(?:por favor|podrías?|podrían|puede usted|le ruego|les ruego|favor de)\b|\bprosz[eę] o\b",
    re.IGNORECASE,
)
OTHER_PROMISE = re.compile(
    r"\b(?:ich|wir) (?:werde|werden|schicke|schicken|sende|senden|melde|melden|kümmere|kümmern|leite|leiten|"
    r"prüfe|prüfen|rufe|rufen) "
    r"(?:ihnen|dir|euch|sie|mich|uns|es|das|die|den|morgen|heute|dann)\b|"
    r"\bje (?:vous |te |l')?(?:enverrai|appellerai|ferai|transmettrai|vais vous|vais t'|m'en occupe)|"
    r"\bnous (?:vous )?(?:enverrons|ferons|appellerons)\b|"
    r"\b(?:te|le|les|se lo) (?:enviaré|mandaré|llamaré|confirmaré|enviaremos)\b|\benviaré\b",
    re.IGNORECASE,
)
#: Adds nothing to what was asked before it.
VAGUE = re.compile(
    r"(?:(?:so|and|thanks?),? )?(?:please |pls )?(?:advise|let (?:me|us) know(?: (?:your thoughts|what you think|"
    r"asap|either way|as soon as possible))?|"
    r"confirm|comment|respond|reply|call me|any (?:thoughts|comments|ideas)|thoughts|comments|"
    r"what do you think)[.!? ]{0,4}(?:thanks?.{0,9})?$",
    re.IGNORECASE,
)
#: A mail that says but this to whom it is passed on.
BARE_ORDER = re.compile(
    r"(?:(?:[A-Z][\w'-]+ ?[-,:]{0,2} ?)?(?:please |pls )?(?:calendar|print|schedule|file|handle|copy|forward|"
    r"call|approve|set up)(?: (?:this|it|please|pls|me|for me))?[.!]?)$",
    re.IGNORECASE,
)
#: Words of which each match of a pattern holds one, in small letters: finding plain words costs a hundredth.
_HINTS: dict[re.Pattern[str], tuple[str, ...]] = {
    REQUEST: (
        *"please pls plz kindly appreciate welcome grateful mandatory imperative essential critical".split(),
        *"wonder ask suggest invite let's".split(),
        *(f"{verb} {who}" for verb in "can could would will won't".split() for who in "you some any one".split()),
        *("you mind", "let me ", "let us ", "keep me", "keep us", "get back", "give me", "give us", "advise me"),
        *(" like ", " love ", "forward to", "need ", "you must", "have to", "you are ", "you should", "ready for"),
        " want ",
    ),
    OTHER_REQUEST: (*"bitte könn würden merci veuillez vous -tu prière podr puede ruego favor prosz".split(),),
    PROMISE: (
        *("i'll", "i will", "i shall", "i'm going", "i am ", "i plan", "i intend"),
        *("we'll", "we will", "we shall", "we plan", "we are "),
    ),
    OTHER_PROMISE: ("ich ", "wir ", "je ", "nous ", "enviar", "mandar", "llamar", "confirmar"),
}


def find(pattern: re.Pattern[str], words: str, low: str) -> re.Match[str] | None:
    """Return the first match of *pattern* in *words*, which are *low* in small letters."""
    return pattern.search(words) if any(hint in low for hint in _HINTS[pattern]) else None
