"""How urgent a chain is by rules, what it is about, and where it stands: a second opinion that cannot be talked to.

What presses comes first (`pressing.py`): words in several languages and near deadlines, each with the place where it
stands. Where nothing does, named traits are weighed (`attention.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from consumer.analysis.attention import Attention, attention
from consumer.analysis.instructions import without_instructions
from consumer.analysis.new_text import Passage
from consumer.analysis.newest import Newest, newest_of
from consumer.analysis.pressing import Heard, first, heard_in, near_deadlines, own_alone, weight_of
from consumer.analysis.readers.state import workflow_state
from consumer.analysis.readers.urgency import BULK, CRITICAL, HIGH, OF_THE_TRADE, SETTLED, THANKS
from consumer.analysis.topic import topic, words_of
from consumer.analysis.traits import Traits, traits_of
from schemas.analysis import Category, DateMention, Evidence, Priority, WorkflowState
from schemas.chain import Chain, Email

#: A due date does not lift such a matter, unless it has a word of the trades.
_TRIVIAL = frozenset({Category.SCHEDULING, Category.LOGISTICS, Category.PERSONAL, Category.BULK})
#: Of what presses by its words or days, as much needs nobody so soon as does.
_EVEN = 0.5
_BEFORE_CHARS = 1_500
_RANK = {priority: rank for rank, priority in enumerate(Priority)}
_LEVELS = tuple(Priority)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the rules say: a priority, why in words, and the words of the mail where there are any; what it is about.

    `sureness` and `category_sureness` tell how far each is from the next one: 1 is beyond doubt.
    """

    priority: Priority
    reason: str
    evidence: Evidence | None = None
    is_bulk: bool = False
    category: Category = Category.OTHER
    state: WorkflowState = WorkflowState.IN_PROGRESS
    sureness: float = _EVEN
    category_sureness: float = _EVEN


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A chain with what its priority is judged by."""

    chain: Chain
    newest: Newest
    traits: Traits
    about: Category
    heard: Heard
    dates: tuple[DateMention, ...]
    bulk: Evidence | None

    @cached_property
    def is_settled(self) -> bool:
        """Whether the newest of several emails says that the matter is over."""
        return len(self.chain.emails) > 1 and first(SETTLED, [self.newest.email], self.heard, real=True) is not None

    @property
    def is_trivial(self) -> bool:
        """Whether it is a matter that no day makes urgent."""
        return self.about in _TRIVIAL and not self.traits.trade

    @property
    def read(self) -> list[Email]:
        """The emails that can press, the newest first."""
        return [self.newest.email] if self.is_settled else list(reversed(self.chain.emails))

    @cached_property
    def grave(self) -> Evidence | None:
        """Where it says that harm is done or near."""
        return first(CRITICAL, self.read, self.heard)

    @cached_property
    def pressing(self) -> Evidence | None:
        """Where it says that it is urgent."""
        return first(HIGH, self.read, self._urgent, without=OF_THE_TRADE if self.about == Category.LEGAL else None)

    @cached_property
    def due(self) -> DateMention | None:
        """What is due within three days."""
        found = near_deadlines(self.chain, self.dates, self._urgent)
        return None if self.is_settled or self.is_trivial else next(found, None)

    @property
    def _urgent(self) -> Heard:
        """What can be urgent: words passed on without a word press where they ask something of weight."""
        is_weak = not self.traits.forward_asks or self.is_trivial
        return own_alone(self.heard, self.newest) if self.newest.is_forward and is_weak else self.heard


def judge(chain: Chain, passages: Mapping[str, tuple[Passage, ...]], dates: tuple[DateMention, ...]) -> Verdict:
    """Return the priority by rules, the first that fits from the gravest down; the category and the state."""
    newest = newest_of(chain, passages)
    traits = traits_of(chain, newest, dates)
    own = {newest.email.email_id: _own(newest.email, passages[newest.email.email_id])}
    bulk = first(BULK, [newest.email], own) if len(chain.emails) == 1 else None
    words = words_of(newest.subject, newest.own, f"{newest.passed_on}\n{_before(chain, passages)}")
    about = topic(words, traits, is_bulk=bulk is not None)
    case = _Case(
        chain=chain,
        newest=newest,
        traits=traits,
        about=about.category,
        heard=heard_in(chain, passages, newest),
        dates=dates,
        bulk=bulk,
    )
    emails = len(chain.emails) + bool(newest.passed_on)
    return replace(
        _verdict(case, attention(newest, traits, about.category)),
        category=about.category,
        category_sureness=about.sureness,
        state=workflow_state(newest.own, emails=emails, is_bulk=bulk is not None),
    )


def ceiling(
    chain: Chain, ruled: Verdict, evidence: Evidence, dates: tuple[DateMention, ...], *, is_urged: bool = False
) -> Priority:
    """Return the highest priority that somebody else may claim with the words in *evidence*.

    One level above the rules: words that say nothing urgent cannot lift a matter further. What the words
    themselves say (an urgency word, a near deadline), where that is more. Bulk mail never above normal. Where the chain
    urges its reader to sort it (*is_urged*), only what the words themselves say counts.
    """
    if ruled.is_bulk:
        return Priority.NORMAL
    above = ruled.priority if is_urged else _LEVELS[min(_RANK[ruled.priority] + 1, len(_LEVELS) - 1)]
    return max(above, weight_of(chain, evidence, dates), key=lambda priority: _RANK[priority])


def _before(chain: Chain, passages: Mapping[str, tuple[Passage, ...]]) -> str:
    """Return the beginning of what the emails before the newest say, the latest first."""
    texts: list[str] = []
    for email in reversed(chain.emails[:-1]):
        spans = [(one.start, one.end) for one in passages[email.email_id]]
        texts.append(without_instructions(email.text, spans)[:_BEFORE_CHARS])
        if sum(map(len, texts)) > _BEFORE_CHARS:
            break
    return "\n".join(texts)


def _own(email: Email, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Return what the writer says himself; where that is nothing, what he passes on speaks for him."""
    own = tuple(one for one in passages if one.quoted is None and email.text[one.start : one.end].strip())
    return own or passages


def _verdict(case: _Case, need: Attention) -> Verdict:
    if case.bulk:
        level = Priority.NORMAL if case.grave or case.pressing else Priority.LOW
        return Verdict(
            priority=level, reason=f'bulk mail: "{case.bulk.quote}"', evidence=case.bulk, is_bulk=True, sureness=1.0
        )
    if case.grave and not case.is_settled:
        return Verdict(priority=Priority.CRITICAL, reason=f'the mail says "{case.grave.quote}"', evidence=case.grave)
    if case.pressing and not case.is_settled:
        return Verdict(priority=Priority.HIGH, reason=f'the mail says "{case.pressing.quote}"', evidence=case.pressing)
    if case.due:
        return Verdict(priority=Priority.HIGH, reason=f"due on {case.due.resolved}", evidence=case.due.evidence)
    if need.is_needed or case.is_settled:
        sureness = need.sureness if need.is_needed else _EVEN
        return Verdict(priority=Priority.NORMAL, reason="nothing urgent, no near deadline", sureness=sureness)
    thanks = (
        first(THANKS, [case.newest.email], own_alone(case.heard, case.newest)) if case.traits.is_short_answer else None
    )
    reason = "thanks, nothing asked or promised" if thanks else need.why_not
    return Verdict(priority=Priority.LOW, reason=reason, evidence=thanks, sureness=need.sureness)
