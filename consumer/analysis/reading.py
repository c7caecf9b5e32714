"""The first half of every analysis, without a model: what code reads in a chain, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from consumer.analysis.new_text import Passage, passages_of
from consumer.analysis.newest import Newest, newest_of
from consumer.analysis.people import people
from consumer.analysis.readings import Readings, read_chain
from consumer.analysis.rules import Verdict, judge
from schemas.analysis import Person
from schemas.chain import Chain


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A chain with what is known of it before any model was asked."""

    chain: Chain
    passages: Mapping[str, tuple[Passage, ...]]
    readings: Readings
    ruled: Verdict
    people: tuple[Person, ...]

    @cached_property
    def newest(self) -> Newest:
        """The newest email in its parts."""
        return newest_of(self.chain, self.passages)

    @property
    def said_chars(self) -> int:
        """Characters that the emails say themselves, or quote of mail that is not at hand."""
        return sum(one.end - one.start for passages in self.passages.values() for one in passages)


def read(chain: Chain) -> Reading:
    """Return what code reads in *chain*; costs milliseconds an email."""
    passages = passages_of(chain)
    readings = read_chain(chain, passages)
    return Reading(
        chain=chain,
        passages=passages,
        readings=readings,
        ruled=judge(chain, passages, readings.dates),
        people=people(chain),
    )
