"""What can be told of a chain's newest email at a glance: named traits, from which category and priority are weighed.

Each is a fact of how the mail is built or of what its writer does, no reading of the matter; each is 0 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consumer.analysis.newest import Newest
from consumer.analysis.readers.asking import asks, promises
from consumer.analysis.readers.category import strengths
from consumer.analysis.readers.state import is_settled
from schemas.analysis import Category, DateMention
from schemas.chain import Chain

#: "You should", "I would rather": no request, and yet the reader has to think about it.
_ADVISES = re.compile(
    r"\b(?:ought to|suggest|recommend|(?:make|be) sure|(?:would|should)(?:n't)?|couldn't|i'd|we'd|rather|do not|don't|"
    r"sollten?|empfehlen?|würden?|devriez|devrions|conseille|debería(?:n|mos)?|sugiero|powin(?:ien|na|niśmy))\b",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"\W*(?:thanks|thank you|thx|yes|no|ok(?:ay)?|sure|fine|great|good|agreed|congrat\w*|"
    r"(?:sounds|looks?) (?:good|fine|great|ok(?:ay)?)|"
    r"danke|ja|nein|gut|gern|merci|oui|non|bien|gracias|sí|dziękuję|tak|nie)\b",
    re.IGNORECASE,
)
_FYI = re.compile(
    r"\b(?:fyi|for (?:your|y'all's) (?:information|info)|for info|just (?:wanted )?to let you know|"
    r"thought you (?:might|would)|"
    r"zur info(?:rmation)?|zur kenntnis|pour info(?:rmation)?|para (?:tu|su) información)\b",
    re.IGNORECASE,
)
#: One sentence, and no more.
_THANKS = re.compile(
    r"\W*(?:many )?(?:thanks|thank you|thx|danke|vielen dank|merci|gracias|dziękuję)\b[^.!?]*[.!?]*\s*$", re.IGNORECASE
)
#: Of what is forwarded, the beginning speaks to the reader.
_LOOK_CHARS = 2_500
_MANY, _SHORT_WORDS, _NOTE_WORDS = 4, 25, 60
#: Words of the trades, and of what has to be seen to.
_TRADE = frozenset(
    {
        *(Category.LEGAL, Category.CONTRACT, Category.FINANCE, Category.INVOICE),
        *(Category.ORDER, Category.QUOTE, Category.COMPLAINT, Category.INCIDENT),
    }
)
_WORK = frozenset({Category.SCHEDULING, Category.LOGISTICS, Category.REQUEST})
_READ_CHARS = 6_000


@dataclass(frozen=True, kw_only=True)
class Traits:
    """The traits of the newest email: most are there or not, `trade` and `work` grow with how many such words it has.

    What speaks for a mail is read in all that its writer says, so that no words added to it can take it away.
    """

    asks: bool
    promises: bool
    advises: bool
    is_first: bool
    is_silent: bool
    is_forward: bool
    forward_asks: bool
    is_answer: bool
    is_short_answer: bool
    is_thanks: bool
    is_told: bool
    is_article: bool
    names_meeting: bool
    is_to_many: bool
    trade: float
    work: float

    @property
    def is_open(self) -> bool:
        """Whether its writer asks or promises something."""
        return self.asks or self.promises

    def weighed(self, weights: Mapping[str, float]) -> float:
        """Return the sum of the *weights*, by name, of the traits that the mail has; `bias` counts always."""
        return sum(weight * (1.0 if name == "bias" else float(getattr(self, name))) for name, weight in weights.items())


def traits_of(chain: Chain, newest: Newest, dates: Iterable[DateMention]) -> Traits:
    """Return the traits of the *newest* email of *chain*, in which *dates* were read."""
    spoken, email = newest.spoken, newest.email
    words = len(spoken.split())
    is_first = len(chain.emails) == 1 and not newest.passed_on
    strong = strengths(f"{email.subject}\n{spoken}", _READ_CHARS)
    return Traits(
        asks=asks(spoken),
        promises=promises(spoken),
        advises=_ADVISES.search(spoken) is not None,
        is_first=is_first,
        is_silent=bool(newest.passed_on) and not newest.own,
        is_forward=newest.is_forward,
        forward_asks=newest.is_forward and asks(newest.passed_on[:_LOOK_CHARS]),
        is_answer=not is_first and newest.is_answer,
        is_short_answer=words <= _SHORT_WORDS and (_ANSWERS.match(spoken) is not None or is_settled(spoken)),
        is_thanks=words <= _NOTE_WORDS and _THANKS.match(spoken) is not None,
        is_told=words <= _NOTE_WORDS and _FYI.search(spoken) is not None,
        is_article=newest.is_article,
        names_meeting=any(day.kind == "meeting" and day.evidence.email_id == email.email_id for day in dates),
        is_to_many=len(email.to) + len(email.cc) > _MANY,
        trade=sum(strong.get(kind, 0.0) for kind in _TRADE),
        work=sum(strong.get(kind, 0.0) for kind in _WORK),
    )
