"""The words in which people ask one another for something: forms and patterns for one sentence each.

English first; German, French, Spanish and Polish in their plain forms.
"""

from __future__ import annotations

import re

from consumer.analysis.readers.doing import CALLED, DO, DO_AT_HAND, START, STEP
from consumer.analysis.readers.forms import Forms, form

#: "please" that asks for nothing.
_EMPTY_PLEASE = (
    r"(?!,? (?:find|see (?:\w+ ){0,3}(?:attach|enclos|below|above|following)|see (?:ps|my)\b|note|be (?:advised|aware|"
    r"assured|informed)|feel free|accept (?:my|our|his|her|their|this|these)|disregard|ignore|excuse|forgive|pardon|"
    r"understand|do(?: not|n't) hesitate|"
    r"do(?: not|n't) (?:reply|respond) to|rest assured|refer to|read on|allow me|bear with|"
    r"(?:delete|destroy|notify)(?! (?:all )?(?:earlier|older|previous|your|the (?!sender|e-?mail|message|material)))|"
    r"visit|click|go to))"
)
_ANYONE = r"(?:you|someone|somebody|anyone|one of you|you guys|you all|we|everyone)"
#: What a writer waits for.
_ANSWER = (
    r"(?:thoughts|comments?|views?|input|feedback|advice|assistance|help|guidance|suggestions?|ideas|opinions?|"
    r"response|reply|approval|signature|review|cooperation|attention)"
)
_WANT = r"(?:\b(?:(?:I|we)(?:'d| would)|I should) (?:\w+ ){0,2}|(?:^|\b(?:and|but|or|always) )would (?:\w+ ){0,2})"
#: "if you need to", "what you need to".
_NO_CLAUSE = "".join(
    f"(?<!\\b{word} )" for word in "if case that which what where when whether as because things time".split()
)
_WE = r"\b(?:we|you|everyone|everybody|you guys|you all|all of you|all of us)(?:, or .{3,40},)?"

_ABROAD = (
    r"\bbitte\b(?! (?:finden|beachten|entnehmen|nicht|sehr|entschuldigen))|\bkönn(?:en|ten|test|tet) (?:sie|du|"
    r"ihr)\b|\bwürden sie\b|"
    r"\b(?:merci de|veuillez(?! (?:trouver|agréer|recevoir|accepter))|pouvez-vous|pourriez-vous|peux-tu|"
    r"pourrais-tu|prière de)\b|"
    r"\b(?:por favor|podrías?|podrían|puede usted|le ruego|les ruego|favor de)\b|\bprosz[eę] o\b"
)
REQUEST = Forms(
    form(
        "please",
        "please pls plz kindly",
        rf"\b(?:please|pls|plz|kindly)\b{_EMPTY_PLEASE},? (?:also |do |just |try to |be sure to |make sure )?"
        r"(?!or\b|and\b|every\b|any\b|all\b|the\b)\w|"
        r"\w,? (?:please|pls)[.!]?$",
    ),
    form(
        "could",
        ["may i ", "can ", "could ", "would ", "will ", "won't "],
        rf"\b(?:can|could|would|will|won't) {_ANYONE}\b(?=.*\?|.{{0,30}}\bplease\b)|"
        rf"{START}{CALLED}(?:(?:can|could|would|will) (?:you|we|someone|somebody|anyone)|(?:can|could|"
        rf"may) I (?:please )?"
        r"(?:get|have|see|borrow)) ",
        whole=True,
    ),
    form(
        "ask you",
        [
            "do you ",
            "did you ",
            "have you ",
            "are you ",
            "were you ",
            "what are your",
            "what is your",
            "what do you",
            "any ",
            "(c",
            "(w",
        ],
        rf"{START}{CALLED}(?:(?:do|did|have|are|were) you \w|what (?:are|is) your \w|what do you think (?:of|about)|"
        rf"any (?:thoughts|ideas|comments|"
        rf"suggestions|feedback)(?: on| about| -))|"
        r"\((?:can|could|would) you \w",
    ),
    form("would", "would mind", r"\bwould you (?:please|mind|be able)\b|\bdo you mind\b", whole=True),
    form(
        "know",
        ["let ", "keep ", "get back", "give ", "advise me", "drop me", "call me", "e-mail me", "email me", "fax me"],
        r"(?:^|[,;:-]|\.{2}|\b(?:and|then|but|so|or|to|just)) ?\b(?:let (?:me|us) (?:know|have)|"
        r"keep (?:me|us) (?:posted|informed|advised|updated)|get back to (?:me|us)|"
        r"let (?:me|us) (?:see (?:the|your)|hear from)\b|let (?-i:[A-Z])\w+ know|"
        r"keep (?-i:[A-Z])[\w.]+(?: and (?-i:[A-Z])\w+| (?-i:[A-Z])\w+){0,3} (?:posted|"
        r"informed|advised|apprised|updated)|"
        r"give (?:me|us) (?:a call|a ring|your)|advise me|drop me|(?:call|e-?mail|fax) me (?:at|on|when|tomorrow|today|"
        r"back|with|as))\b",
    ),
    form(
        "want",
        "'d would want grateful",
        rf"{_WANT}(?:appreciate|welcome|be (?:\w+ ){{0,2}}(?:grateful|appreciative)|"
        rf"be (?:\w+ )?interested in (?:hearing|receiving|getting|"
        rf"your|\w+'s?)|like (?:an? |some |copies\b|for you\b|you\b|your\b|everyone|them\b|him\b|her\b|"
        r"(?P<liked>(?-i:[A-Z])\w+) to\b|"
        r"to (?:know|have|get|see|receive|hear|meet|discuss|talk|speak|arrange|set up|schedule|invite|ask|request|"
        r"visit)\b)|"
        r"love (?:to (?:hear|have|get)|your))|"
        r"\b(?:I|we) want (?:you|him|her|them|everyone|someone) to\b",
    ),
    form(
        "answer",
        "appreciated welcome useful helpful",
        r"\b(?:your|any|all) .{3,100} would be (?:\w+ )?(?:appreciated|welcome|helpful)\b|"
        rf"\b(?:your|any|all) (?:\w+ ){{0,3}}{_ANSWER}\b.{{0,160}}\b(?:appreciated|welcome|helpful|useful)|"
        rf"\b{_ANSWER}(?: (?:and|or|&) {_ANSWER})? (?:is|are|would be) (?:\w+ )?(?:appreciated|welcome)",
        whole=True,
    ),
    form(
        "for your",
        ["for your "],
        r"\b(?:ready|submitted|waiting|here|attached|this|it) (?:\w+ ){0,3}for (?:your )?(?:approval|signature)\b|"
        r"\bfor your (?:\w+ and |\w+, )?(?:comments?|approval|signature)\b",
        whole=True,
    ),
    form("ready", ["ready for "], r"\bready for (?:your )?(?:approval|signature|review)\b", whole=True),
    form(
        "forward",
        ["forward to "],
        r"\blook(?:ing)? forward to (?:(?:receiving|getting) your (?!call|reply|response)\w+|"
        r"your (?:comments|thoughts|views|input|feedback|impressions|suggestions|advice|ideas)\b)",
    ),
    form(
        "need",
        ["need "],
        r"\b(?:I|we)(?:'ll| will| do| also| just| really){0,2} need (?:you\b|your\b|it (?:by|back)|to know\b|everyone|"
        r"someone|somebody|information|comments|copies)\b|"
        r"\bI(?:'ll| will| do| also| just| really){0,2} need (?:the|a|an|any|this|that|these|all|some|more)\b|"
        rf"\b(?=we ){_NO_CLAUSE}we (?:do |also |now |still |really |all )?need to (?:{STEP}|{DO})\b|"
        rf"\bwe(?: will|'ll)(?: then| also| now)? need to (?:{STEP})\b|(?:\bI |^)(?:do |also |still |"
        rf"just )?need to (?:discuss|talk|speak|meet|ask you|fill you in|receive|have your)\b|"
        r"\bwe (?:\w+ )?need (?:this|it|some|something|somebody|another)\b|"
        r"\b(?:I|we)(?: will|'ll| would really)(?: also| then| really)? need (?:the|a|an|any|copies|to (?:know|have|"
        r"get|see))\b|"
        rf"(?:{START}|\band (?:will )?)(?:also |still |just |really )?(?<!no )need (?:to (?:{STEP}|know)|guidance|"
        rf"help|your|someone|somebody|copies|"
        r"(?-i:[A-Z])\w+ to)\b",
    ),
    form(
        "must",
        ["you ", "you'll "],
        rf"\b(?=you\b){_NO_CLAUSE}you(?:'ll)? (?:must|(?:will |do |also |may |might |still ){{0,2}}need to|ought to|"
        rf"(?:may|"
        rf"might|will) want to|have to)\b"
        rf"(?! (?:all )?(?:be |have |know|admit|feel|worry|wonder|love|understand))|\b(?=you ){_NO_CLAUSE}you (?:"
        r"are (?:required|asked|requested) to|should (?:write|send|call|contact|make sure|complete))\b",
    ),
    form(
        "should",
        ["should "],
        rf"(?<!n't think )(?<!not think )(?<!think that )(?<!means ){_WE}(?: all| also| probably|"
        rf" really)? should(?: not| all| also| perhaps| \w+ly)? (?:be )?(?:{STEP}|include|make|"
        rf"plan|attend|"
        rf"add|use,?|change|delete|remove|cover)\b|"
        r"\byou(?:, (?-i:[A-Z])\w+)? and I should\b|(?<!whether )(?<!if )\byou (?:really |probably )?should (?:go|"
        r"focus|take|say)\b",
    ),
    form(
        "needs",
        ["need", "must be ", "should be ", "wants ", "wanted ", "would like "],
        r"(?<!that )(?<!which )(?<!but )\b(?:needs? to be|must be) (?:\w+ly )?(?:signed|sent|returned|completed|"
        r"submitted|"
        r"reviewed|approved|updated|changed|corrected|modified|filed|paid|resolved|fixed|finali[sz]ed|assessed|"
        r"discussed|coordinated|evaluated|addressed|included|handled|done)\b|"
        rf"\b(?P<needing>(?-i:[A-Z])\w+) needs to (?:{STEP})\b|"
        r"\b(?-i:[A-Z])\w+(?: will)? needs? (?:it|this|these|that|(?:your|the|our) \w+) by\b|"
        r"\bneeds? (?:one of (?:you|us)|someone|somebody) to\b|\b(?:needs|needed|wants|wanted|will (?:likely |"
        r"probably |also )?need) your\b|"
        r"\b(?:he|she|(?-i:[A-Z])\w+) (?:wants|needs|would like) (?:to (?:discuss|see|talk|meet|know|speak|make sure)|"
        r"you\b|your\b)|"
        r"\bshould be (?:directed|received|sent|submitted|returned|rewritten|addressed to|forwarded|e-?mailed|faxed)\b",
        whole=True,
    ),
    form(
        "mandatory",
        "mandatory imperative essential critical",
        r"\bit(?:'s| is| will be) (?:mandatory|imperative|essential|critical) (?:that|for)\b",
        whole=True,
    ),
    form(
        "wonder",
        "wonder",
        r"\b(?:(?:I|we)(?: was|'m| am| were|'re)? |just |and |or |^)wonder(?:ing|ed)? (?:if|whether|what|when|where|"
        r"who|how|is|are)\b",
    ),
    form(
        "ask",
        [
            "ask",
            "urge",
            "encourage",
            "writing to ",
            "suggest",
            "propos",
            "recommend",
            "why ",
            "how about",
            "what about",
            "request ",
        ],
        r"\b(?:I|we) (?:would |am |are )?ask(?:ing)? (?:that |you |our |each |everyone |all |"
        r"(?P<asked>(?-i:[A-Z])\w+) to\b)|"
        r"\b(?:I|we)(?: have|'ve| also)? asked (?P<sent>(?-i:[A-Z])\w+(?: (?-i:[A-Z])\w+)?) to\b|"
        r"\b(?:I|we) (?:hereby |would )?request (?:your|that)\b|(?:^|[,;-] )suggest (?:you|we|that)\b|"
        r"\b(?:encourage|urge)s? (?:you to|your)\b|\bwriting to (?:ask|request|find out)\b|"
        r"\bI(?:'d| would) ask (?:that )?(?:you|we|the)\b|"
        r"\bI(?:'m| am) (?:suggesting|proposing|recommending) (?:that|you|we)\b|"
        r"\bI(?:'d| would)? (?:suggest|propose|recommend) (?:that |a |\w+ing\b|you\b|we\b|the\b)|"
        r"\bwhy (?:don't|not) (?:you|we)\b|\bwhy not (?:have|get|use|ask|let|try|just|make|send|put)\b|"
        r"\b(?:how|what) about (?:\w+ing|a|an|the|I|we)\b",
    ),
    form(
        "asked",
        ["ask", "want you", "like you", "like us"],
        r"(?<!you )\b(?<!someone )(?<!somebody )ask(?:s|ed) (?:that (?:we|you|each|everyone|all)\b|(?:us|you|everyone|"
        r"everybody) to\b|for your\b|"
        r"(?:if|whether) you\b)|\b(?-i:[A-Z])\w+ (?<!They )would like us to\b|^(?:want|would like) you to\b|"
        r"\b(?:I|we)(?: am| are|'m|'re) asking (?:for|if|whether|our|the (?:heads?|managers?|teams?)\b)",
    ),
    form(
        "see if",
        ["wanted ", "trying to", "want to ", "like to ", "check"],
        r"\b(?:just )?check(?:ing)? (?:in )?(?:to|and) see (?:if|whether|when|what|how)\b|"
        r"\b(?:wanted|want|would like|trying) to (?:see|check|find out|ask|know|confirm|"
        r"hear)(?: with you)?(?: and see)? "
        r"(?:if|whether|when|what|how|you)\b|\bwanted to (?:run (?:this|it|these|them) by|pick your|get your|"
        r"hear your|check with you)\b",
    ),
    form(
        "assume",
        ["i assume ", "trust ", "i expect "],
        r"\bI (?:assume|trust|entrust|expect) (?:that )?you(?: and .{2,40})?(?: will|'ll) ",
    ),
    form("due", ["due to "], r"\b(?:is|are) due to (?:me|us|\S{1,60}@)", whole=True),
    form(
        "perhaps",
        ["perhaps ", "maybe ", "if you could", "would be ", "sense ", "i would ", "i'd ", " you would ", " you will "],
        r"\b(?:perhaps|maybe) (?:[^.,]{2,30} )?you (?:could|can|should|might) |"
        rf"{START}if you could\b|\bit would be (?:better|useful|helpful|interesting|fascinating|great|good|"
        rf"nice) (?:not )?"
        r"(?:to (?!catch|be|see you)|if (?:you|we)\b)|it would be a good idea to\b|"
        r"\bI think it (?:would )?makes? sense (?:for \w+ )?to\b|"
        r"\bI(?:'d| would)(?: also| just| simply| then){0,2} (?:say (?!that\b|there\b|it\b|we\b)|go into|pull|delete|"
        r"add (?!that)|change|remove|include|answer|rewrite|drop|insert|use|put|"
        r"avoid|keep)\b|"
        r"\bI (?:told|promised|assured) \w+ (?:that )?you (?:would|will) |"
        r"(?:^|\band |\bbut )would be (?:useful|helpful|great|ideal) (?:if|to)\b",
    ),
    form(
        "hope",
        ["hope ", "hoping "],
        r"(?:\b(?:I|we)(?:'m| am|'re| are)? |^)(?:was |just |do )?hop(?:e|ing) (?:that )?(?:you|we) (?:can|could|"
        r"might|will be able to|would) \w",
    ),
    form(
        "invite",
        "invite",
        r"\bwe invite (?:you|all)\b|"
        r"\b(?:I|we)(?:'d| would) like to invite you|\byou are (?:cordially )?invited\b|\bwould like to invite\b|"
        r"\bpleased to invite you\b",
    ),
    form(
        "lets",
        ["let's ", "let us ", "lets "],
        rf"(?:{START}{CALLED}|[,;:-] |\b(?:but|so|and|then) )let(?:'?s| us)(?: not| all)? "
        r"(?!see\b|hope|face|say\b|assume|know\b|pray|you\b|me\b|us\b|them\b|have\b)\w|"
        r"(?<!that )(?<!it )\blets (?:discuss|make sure|meet|talk|get|set up|wait|schedule|plan|try|have a)\b",
    ),
    form(
        "clause",
        [" chance, ", ", just ", ", so ", ", but ", ", then ", "- ", "otherwise ", "so please "],
        rf"(?:, (?:just|so|but|then|but please|so please)| (?:have|get) a chance,|\botherwise,?| -{{1,2}}) (?:{DO}) "
        r"(?:me|us|him|her|them|it|this|that|the|your|with)\b",
    ),
    form(
        "see and",
        [" and "],
        rf"^(?:please |pls )?(?:see|read|find|note|refer to|look at)\b[^.?!]{{3,90}},? "
        rf"and (?:then )?(?!let\b)(?:{STEP}|advise|comment|return) "
        r"(?:me|us|him|her|them|it|this|that|the|your|with|to|on|by|back|directly|as|any|if|whether)\b",
    ),
    form(
        "brief",
        ["chance ", "mind", "appreciate", "need", "can ", "could ", "action", "attendance "],
        rf"(?:{START}(?:is there )?|\bthere )any chance (?:you|we|of|that you)\b|{START}mind \w+ing\b|"
        rf"{START}appreciate (?:it )?if\b|{START}appreciate your {_ANSWER}|\b(?:can|could) u \w|"
        rf"\bcould (?:really )?use your\b|"
        rf"{START}(?:also )?need (?:this|it|the|a|an) [^.]{{0,60}}\b(?:by|before|asap|today|tomorrow)\b|"
        r"^action (?:required|needed|items?) ?:|\bfor your action\b|\battendance (?:is|will be) (?:mandatory|required|"
        r"requested)\b",
    ),
    form("abroad", "bitte könn würden merci veuillez vous -tu prière podr puede ruego favor prosz", _ABROAD),
)
#: Sentences that begin with their verb; the writer of a report begins none so.
ORDER = re.compile(
    rf"{START}{CALLED}(?:(?:just|do not|don't|also|always|never|maybe|simply|further|then|"
    rf"perhaps) )?(?:(?:{DO}) (?!the attached\b|"
    rf"forward\b|you\b|attached\b|no\b)"
    r"(?:me|us|him|her|them|it|this|that|these|those|the|a|an|any|all|your|my|our|their|his|each|both|some|"
    r"with|to|for|at|up|by|one|two|only|about|"
    r"\d+|meetings?|calls?|copies|out|in|on|into|off|over|around|whether|if|what|when|who|how|sure|not|back|and|"
    r"either|as|more|further|when|or|on|that|everyone|adding|"
    r"remarks|comments|"
    r"(?-i:(?!Information|Details|Name|Person|Number|Us\b|Phone|Center|Now|Here)[A-Z])[\w.]+)\b|"
    rf"(?:{DO_AT_HAND}) (?<!let )(?:me|us)\b|(?:{DO_AT_HAND}) (?:him|her|them|it|this|that|these|those|all of|care of|"
    rf"a look|"
    rf"in touch|back|with|"
    r"whether|everyone|someone|rid of|hold of|out (?:if|when|what|who|how|whether))\b|"
    r"mark (?:your|the|this|it)\b|have (?:your|him|her|them|someone|somebody|everyone|a look\b|(?-i:[A-Z])\w+\b)|"
    r"be (?:sure|prepared|ready|careful|aware that)\b|(?:hold off|stop by|swing by)\b|do me a favor\b|"
    r"confirm receipt\b|"
    r"come (?:see me|by|to my)\b|go ahead and\b|go with\b|see (?:if|whether|that|to it)\b|"
    r"remember to\b|don't (?:forget|let|worry about|do)\b|(?:a )?reminder to\b|get together\b)",
    re.IGNORECASE,
)
QUESTION_START = re.compile(
    rf"(?:{START}{CALLED}|.{{0,160}}(?:, (?:but|and|so)|,| --?|:|;|\.{{2,3}}) )(?:(?:by the way|btw|also|and|so|well|"
    rf"hi|hello|hey|sorry|"
    rf"question),? ?)?(?:(?:at|in|on|for|by|to|from|with|under|of) )?(?:do|did|does|have|has|are|is|was|were|will|"
    r"would|could|can|should|shall|may|had|any|anything|anyone|what|when|where|who|whom|which|why|how|am|got|comments|"
    r"thoughts|"
    r"your|if so|isn't|aren't|don't|didn't|doesn't|haven't|couldn't|ok|still|ideas|suggestions|reactions|views|"
    r"makes? sense|sounds?|want|wanna|possible|"
    r"available)\b",
    re.IGNORECASE,
)
#: A question that lost its mark, and one that calls somebody without a comma: "Has this gone to Ben", "Ben do you".
QUESTION_ORDER = re.compile(
    rf"(?:(?:also|and|so|but|by the way),? )?{CALLED}(?:"
    r"(?:(?!(?:how|what|why|when|where|who|if|not|nor|only|here|there|then)\b)(?-i:[A-Z])[a-z]{1,20} )?"
    r"(?:(?:do|did|have|are|were|can|could|would) you\b|(?:is|are) there (?:any|something|a)\b|is there anything\b)|"
    r"(?:is|are|was|were|has|have|do|does|did) (?:I|we|he|she|they|it|this|that|the|our|your|any|(?-i:[A-Z][a-z]+)) \w|"
    r"(?:can|could) we\b|"
    r"(?:what|where|when|who|how)(?:'s| (?:is|are|was|were|do|does|did)) (?:you|we|the|our|your)\b)",
    re.IGNORECASE,
)
#: A question in the order of a statement speaks to somebody: "you are free on Monday?", "we go, right?"
QUESTION_YOU = re.compile(
    r"(?=[A-Z])(?=.*\b[Yy]ou(?:rs?)?\b).{10,}\w\?$|.{10,}, (?:right|correct|ok|okay|yes|no|agreed)\?$"
)
#: What a sentence asks besides: "call Ben, and please send the list".
AND_PLEASE = re.compile(
    rf"(?:[,;] (?:and |so )?|\b(?:and|so) )(?:if [^,]{{3,80}}, )?(?P<asked>(?:please|pls){_EMPTY_PLEASE} "
    r"(?!let\b)\w)",
    re.IGNORECASE,
)
#: Whoever asks answers it in the same breath.
ANSWER = re.compile(r"(?:yes|no)(?=[.,!]|$)|(?:my |our |the )?answer(?: is\b|:| -)", re.IGNORECASE)
#: A line that begins as an order does, and is none: the name of a file, an entry of a form, a telephone.
NO_ORDER = re.compile(
    r".{0,200}\.(?:docx?|xlsx?|pptx?|pdf|rtf|txt|csv|tiff?|jpe?g|gif|png|zip|html?|eml)$|"
    r"\w{1,20}(?: (?:ID|No|number|date|name|type|address|line)\b\.?)? ?[:#]|"
    r"(?:phone|fax|mobile|cell|page|call|tel|pager) ?:? ?\+?\(?\d[\d().:-]{0,20}(?: \d[\d().-]{1,20}){0,3}[^\w]{0,3}$|"
    r"call[- ]in\b|update \d|answer to\b",
    re.IGNORECASE,
)
#: A text with many questions that name nobody talks about a matter.
QUESTION_PERSON = re.compile(r"\b(?:you|your|yours|we|us|our|I|me|my|anyone|anybody)\b", re.IGNORECASE)
#: Adds nothing to what was asked before it.
VAGUE = re.compile(
    r"(?:(?:so|and|thanks?),? )?(?:please |pls )?(?:advise|let (?:me|us) know(?: (?:your thoughts|what you think|"
    r"asap|either way|as soon as possible|soon))?|"
    r"confirm|comment|respond|reply|call me|(?:your )?(?:thoughts|comments))[.!? ]{0,4}(?:thanks?.{0,9})?$",
    re.IGNORECASE,
)
_BARE = r"(?:calendar|print|schedule|file|handle|copy|forward|call|approve|set up|meeting file|pls|please)"
#: A mail that says but this to whom it is passed on.
BARE_ORDER = re.compile(
    rf"(?:(?:[A-Z][\w'-]+ ?[-,:]{{0,2}} ?)?(?:please |pls )?{_BARE}(?:(?: and |, | & ){_BARE})?"
    r"(?: (?:this|it|please|pls|me|for me))?[.!]?)$",
    re.IGNORECASE,
)
