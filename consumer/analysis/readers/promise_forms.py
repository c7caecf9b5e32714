"""The words in which people promise one another something: forms for one sentence each, as those of requests are."""

from __future__ import annotations

import re

from consumer.analysis.readers.doing import DO, START
from consumer.analysis.readers.forms import Forms, form

#: "I will" that promises nothing: where somebody is, what they feel.
_LATER = (
    r"(?! (?:be (?!\w+ing\b|happy to\b|glad to\b|in (?:contact|touch)\b|there\b)|start in|become|leave(?! (?:a |him |"
    r"her |them |messages?|word))|move|retire|"
    r"be (?!going (?:over|through)\b|taking (?:the lead|care|over)\b)(?:travel|leav|working (?!up|on)|start|look|tak|"
    r"us|gett|stay|fly|go|com|return|attend|arriv|sitt|tour|"
    r"vacation|"
    r"hav|miss|be)\w*ing|not\b|never\b|have\b(?! (?:him|her|them|someone|somebody|my|our|(?-i:[A-Z])\w+|to "
    r"(?:check|do|find|ask|talk|get))\b)|tell you\b|chime|assume|admit|miss|need\b|see you|talk to you|"
    r"look forward|always|continue(?! to work)|also be (?!\w+ing)|probably be|say\b|bet\b|know\b|want|likely|only|"
    r"remain|likewise|"
    r"love|enjoy|wait))"
)
#: What a firm announces is no promise to somebody: "we will eliminate", "we will review".
_WE_DO = (
    r"send|resend|forward|call|phone|fax|e-?mail|mail|distribut|circulat|provid|get(?! (?:\w+ed|a chance|to)\b)|keep|"
    r"let \w+ (?:\w+ )?know|"
    r"give you|give|"
    r"prepar|draft|follow up|work on|contact|set up|schedul|arrang|advise|respond|reply|issu|discuss|pay|deliver|"
    r"submit|"
    r"ship|notify|post|tell|circle back|report back|put together|have .{3,60}(?:ready|in hand|to you)|ready with|"
    r"updat|pull together|handl|co-?ordinat|be in (?:contact|touch)|take care of|try to (?:get|send|have|set)|check|"
    r"look into|find out|comment|show (?:it|them|this|him|her|you)|meet with|following up"
)
#: Small steps that somebody is at already.
_AT_IT = "arranging|organi[sz]ing|checking|obtaining|contacting|following up|finding out"
#: Who says "I am sending you the list" has done so with these words.
_NOT_HEREBY = (
    r"(?! (?:you|this|the|my|along)\b"
    r"(?!.{1,90}\b(?:(?:shortly|separate\w*|tomorrow|later|under)\b|to (?:my|our|(?-i:[A-Z])\w+)\b)))"
)
_ALSO = r"(?: also| then| just| certainly| gladly| both)?"

PROMISE = Forms(
    form(
        "i",
        ["i'll", "i will", "i shall", "i'm going", "i am going", "i plan", "i intend"],
        rf"\bI(?:'ll| will| shall|(?:'m| am) going to(?= (?:be |{DO}|read|use|find|try|see (?:about|if|whether)|take|"
        rf"do|get|have)\b)| plan to| intend to(?= (?:{_WE_DO})))\b{_LATER}"
        r"(?: also| then| just| certainly| gladly| try to| be happy to)? \w",
    ),
    form(
        "am",
        ["i am ", "i'm ", "we are ", "we're ", " i are ", "myself are "],
        rf"\b(?:I|we|myself)(?: am|'m| are|'re) (?:in the process of )?(?:{_AT_IT})\b|"
        r"\bI(?: am|'m) (?:delivering|preparing|setting up|drafting|looking into|putting together|reviewing|"
        r"asking (?:him|her|them|(?-i:[A-Z])\w+)|"
        rf"working on (?!an? )|(?:forwarding|sending){_NOT_HEREBY})\b",
    ),
    form(
        "promise",
        ["promise", "agreed to", "plan on "],
        r"\bI (?:promise|have agreed) to\b|\bI've agreed to\b|\bI plan on \w+ing\b",
    ),
    form(
        "need", ["i need to ", "i have to ", "i must "], r"\bI (?:need|have|must) (?:to )?(?:check|find out|get back)\b"
    ),
    form(
        "we",
        ["we'll", "we will", "we shall", "we plan", "we intend", "we are going"],
        rf"\bwe(?:'ll| will| shall| plan to|(?<!that we)(?<!which we) intend to| are going to)\b{_ALSO} (?:(?:be |"
        rf"plan to )?(?:{_WE_DO})(?:e|ing)?\b"
        r"(?! (?:able|ready(?! with)))|(?!not |never |need |have to |be |continue )\w+ .{0,90}\b(?:tonight|today|"
        r"tomorrow|this (?:week|afternoon|morning|evening)|within the next|"
        r"next week|by (?:the end|\w+day)))",
    ),
    form(
        "will",
        ["will ", "shall "],
        rf"(?:{START}|\b(?:and|but|so) |, )(?:will|shall){_ALSO} (?:be )?(?:{_WE_DO}|work with)(?:e|ing)?\b(?!.*\?)|"
        r"^(?:will|shall) (?:include|try to|let)\b",
    ),
    form(
        "passive",
        ["will be ", "follow", "forthcoming"],
        r"\bwill be (?:sent|distributed|circulated|provided|forwarded|updated|mailed|e-?mailed|faxed|forthcoming)\b|"
        r"\b(?:details?|information|memo|copy|copies|letter|e-?mail|report|draft|agenda|documents?|notes?)\b[^.;]{0,60}"
        r"(?:\b(?:will|to) follow\b(?! up| through|ed)|\bare forthcoming\b|\bis forthcoming\b)",
        whole=True,
    ),
    form(
        "ours",
        ["assistant ", "secretary ", "team ", "group ", "staff ", "lawyer", "attorney", "office "],
        r"\b(?:my|our) (?:\w+ )?(?:assistant|secretary|team|group|staff|lawyers?|attorneys?|office) will(?: also|"
        r" then)? "
        rf"(?:be )?(?:{_WE_DO})(?:e|ing)?\b",
    ),
    form(
        "abroad",
        ["ich ", "wir ", "je ", "nous ", "enviar", "mandar", "llamar", "confirmar"],
        r"\b(?:ich|wir) (?:werde|werden|schicke|schicken|sende|senden|melde|melden|kümmere|kümmern|leite|leiten|"
        r"prüfe|prüfen|rufe|rufen) "
        r"(?:ihnen|dir|euch|sie|mich|uns|es|das|die|den|morgen|heute|dann)\b|"
        r"\bje (?:vous |te |l')?(?:enverrai|appellerai|ferai|transmettrai|vais vous|vais t'|m'en occupe)|"
        r"\bnous (?:vous )?(?:enverrons|ferons|appellerons)\b|"
        r"\b(?:te|le|les|se lo) (?:enviaré|mandaré|llamaré|confirmaré|enviaremos)\b|\benviaré\b",
    ),
)
#: Somebody who is named does it: "Ben will send".
NAMED_PROMISE = re.compile(
    r"(?P<name>\b[A-Z](?:[a-z]+|[A-Z]{1,4}(?= (?:[a-z]+ )?(?:team|group|staff)\b))(?: [A-Z][a-z'-]+|"
    r" [A-Z]\.){0,2})(?: (?:[a-z]+ )?(?:team|group|staff|desk|"
    r"office|"
    r"department))?(?: \([^()]{1,40}\))? "
    rf"(?:(?:will|(?:is|are) going to)(?: also| then)? (?:be )?(?:{_WE_DO}|review|analy[sz]|coordinat|handl|work with|"
    r"help|ask|getting in touch|attend|join (?:you|us)|cover|pick up|making|do|continue to (?:work|pursue|"
    r"follow))(?:e|ing|ting)?\b|"
    r"(?:has|have) (?:agreed|offered|promised) to\b|(?:is|are) (?:sending|preparing|working on|arranging|setting up|"
    r"pulling together|putting together|drafting)\b)"
)
#: Titles of people who are spoken of, not with; and words after which somebody's plans are news.
OUTSIDE = re.compile(
    r"\b(?:gov|governor|sen|senator|rep|president|secretary|chairman|commissioner|justice|judge|minister|the|that|if|"
    r"when|"
    r"until|which|because|said|says)\.? $",
    re.IGNORECASE,
)
