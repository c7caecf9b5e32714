"""What the model must return for a chain: the short record first, and for a chain of substance its story.

The wire schemas (`consumer.analysis.wire`) are made from these models; the full rules are checked against them.
"""

from __future__ import annotations

from pydantic import Field

from schemas.analysis import Category, Priority, Sentiment, WorkflowState
from schemas.chain import Frozen


class CompletionAction(Frozen):
    """An action item as the model returns it."""

    what: str
    owner: str = ""
    due: str = ""
    quote: str


class CompletionClaim(Frozen):
    """A decision, a risk or an open question as the model returns it."""

    text: str
    quote: str


class Completion(Frozen):
    """The short record: flat, with the priority early so that a cut answer still has it."""

    summary: str = Field(min_length=1)
    priority: Priority
    priority_reason: str = Field(min_length=1)
    priority_quote: str
    category: Category
    workflow_state: WorkflowState
    next_step: str
    sentiment: Sentiment | None = None
    organisations: tuple[str, ...] = ()
    amount_quotes: tuple[str, ...] = ()
    action_items: tuple[CompletionAction, ...] = ()
    decisions: tuple[CompletionClaim, ...] = ()
    risks: tuple[CompletionClaim, ...] = ()
    open_questions: tuple[CompletionClaim, ...] = ()


class NarrativeCompletion(Frozen):
    """The story of a chain in short named sections, which code joins; each stands without the others."""

    situation: str = ""
    background: str = ""
    people: str = ""
    stakes: str = ""
    risks: str = ""
    outlook: str = ""
