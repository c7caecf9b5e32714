"""Words that sound like requests and are none: offers to help, thanks, advertising, footers."""

from __future__ import annotations

import re

#: What only sells, in small letters. One may stand in any mail, three in none that people write to one another.
_SELLING = tuple(
    "click here|click below|click on|for free|free!|free trial|absolutely free| a free |our free|your free|"
    "free of charge|money back|money-back|guarantee|special offer|limited offer|exclusive offer|limited time|discount|"
    "order now|order today|buy now|act now|call now|call today|apply now|apply today|shop now|no obligation|risk free|"
    "risk-free|toll free|toll-free|opt-out|opt out|% off|save $| earn |advertise|visit our|visit us|order form|100%|"
    "amazing|satisfaction|lowest|winner|prize|be removed|unsubscribe|investment|!!".split("|")
)
_SELLING_TIMES, _SELLING_CHARS = 3, 20_000
COURTESY = re.compile(
    r"\b(?:call|contact|phone|e-?mail|reach|let .{2,30} know|get back to|ask|feel free|hesitate|advise|speak|"
    r"get in touch|give (?:me|us)|available)\b"
    r".{0,90}\b(?:if|should|with) (?:you |there |anyone |any |further )?.{0,30}(?:question|(?<!comments or )concern|"
    r"(?:need|"
    r"require) (?:any|further|additional|more|help|assist)|"
    r"assistance|can help|can be of|like to (?:discuss|talk|chat|speak)|wish to discuss|anything else|interested in|"
    r"would like (?:the|a|"
    r"any|more)\b)|"
    r"\b(?:if|should) (?:you|there|anyone).{0,60}(?:question|concern|(?:need|require) (?:any|further|additional|"
    r"more|help)|assistance|wish to discuss|"
    r"like to discuss|interested in).{0,90}\b(?:call|contact|phone|e-?mail|reach|let|feel free|hesitate|advise|"
    r"leave|give|direct|refer)\b|"
    r"\b(?:thank you|thanks) (?:very much |so much )?for (?:your|the|all)\b|\bappreciate (?:your|the|"
    r"all) (?:help|time|support|patience|efforts?\b(?! to)|hard)(?! .{0,30}with)|"
    r"^if you(?:'d| would)? (?:like|wish|want|choose|prefer|plan|have (?:trouble|difficult|any problem))\b|"
    r"\byou(?: are|'re) welcomed? to (?:call|contact|e-?mail|phone)\b|\byou (?:may|can) (?:either |also )?(?:call|"
    r"contact|reach|"
    r"e-?mail) me\b|^talk to (?:you|ya)\b|\bjoin (?:me|us) in (?:congrat|welcom|wish|thank)|"
    r"\bcall me (?:\w+ )?(?:illiterate|crazy|old-fashioned|naive|cynical)|\b(?:can|"
    r"could) you imagine\b|"
    r"\bhow are you\b|\bhow(?:'s| is| are|'re) (?:it|things|everything|life|you|the family) (?:going|doing)\b|"
    r"\blet (?:me|us) know (?:how|what|where|whether|if) (?:I|we) can (?:do to )?(?:help|assist|be of)\b|"
    r"^for (?:more|further|additional) (?:information|details)\b|\bhope (?:all (?:is|are)|this|everything|you (?:are|"
    r"had|have|enjoy)|I)\b|"
    r"\bfeel free to (?:call|contact|e-?mail|let|give)\b|\bI can (?:meet|call|come|be)\b.{0,60}let me know",
    re.IGNORECASE,
)
NOISE = re.compile(
    r"\bunsubscribe\b|\bsubscri(?:be|ption)|\bintended (?:recipient|only|solely|for the)|\bin error\b|"
    r"\b(?:not|for) the (?:named )?addressee\b|\bmust not (?:use|copy|disclose|read)\b|"
    r"\bclick (?:here|on|below|the)|\b(?:contains?|may be|is) .{0,40}\bconfidential\b.{0,60}\bprivileged\b|"
    r"\b(?:mailing|distribution) list\b.{0,40}\bremove|\bprivacy policy\b|\bcopyright\b|\ball rights reserved\b|"
    r"\bvisit (?:our|us|the|www)|\baddress book\b|\bensure (?:future )?delivery\b|\bget your free\b|"
    r"\b(?:don't miss|order now|buy now|sign up|act now|free trial|limited time|special offer|apply (?:today|now))\b|"
    r"\bpaste (?:it |this |the \w+ )?in(?:to)? your browser|\bpar erreur\b|\bremove\W{1,3}in the subject\b|"
    r"\be-?mail administrator\b|\breceived (?:it|this) (?:\w+ )?by mistake\b|\bdo you yahoo\b|\bfw:|^re:|"
    r"\bverification is required\b",
    re.IGNORECASE,
)


def advertises(text: str) -> bool:
    """Return whether *text* is an advertisement, by the number of words that only sell."""
    low = text[:_SELLING_CHARS].lower()
    return [word in low for word in _SELLING].count(True) >= _SELLING_TIMES
