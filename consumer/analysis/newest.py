"""The newest email of a chain in its two parts: what its writer says himself, and what he passes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from consumer.analysis.instructions import without_instructions
from consumer.analysis.new_text import Passage
from consumer.analysis.quotes.articles import article_start
from consumer.analysis.readers.asking import asks
from consumer.analysis.readers.state import is_settled
from schemas.chain import Chain, Email

#: Who says no more says next to nothing: "FYI. More info below."
FEW_WORDS = 4


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The newest email: `own` words, and the words of others that it shows and that are not at hand otherwise.

    `is_article` tells that it holds a press article, pasted or forwarded; its words are passed on, not own. `spoken`
    are its own words together with those that talk to whoever sorts the mail: for what may only speak for the mail.
    """

    email: Email
    own: str
    spoken: str
    passed_on: str
    is_article: bool

    @cached_property
    def subject(self) -> str:
        """Its subject, without what talks to whoever sorts the mail."""
        return without_instructions(self.email.subject)

    @cached_property
    def is_forward(self) -> bool:
        """Whether it says next to nothing itself, and no answer."""
        return bool(self.passed_on) and len(self.own.split()) <= FEW_WORDS and not is_settled(self.own)

    @cached_property
    def is_answer(self) -> bool:
        """Whether its writer says something himself and asks for nothing: what he quotes is what he answers."""
        return bool(self.own) and not self.is_forward and not asks(self.own)


def newest_of(chain: Chain, passages: Mapping[str, tuple[Passage, ...]]) -> Newest:
    """Return the newest email of *chain* in its parts."""
    email = chain.emails[-1]
    own, passed_on, is_article = list[tuple[int, int]](), list[tuple[int, int]](), False
    for one in passages[email.email_id]:
        at = article_start(email.text, one.start, one.end)
        is_article = is_article or at is not None
        if one.quoted is not None:
            passed_on.append((one.start, one.end))
            continue
        end = one.end if at is None else at
        own.append((one.start, end))
        passed_on.append((end, one.end))
    said, told = (without_instructions(email.text, spans).strip() for spans in (own, passed_on))
    spoken = "".join(email.text[start:end] for start, end in own).strip()
    return Newest(email=email, own=said, spoken=spoken, passed_on=told, is_article=is_article)
