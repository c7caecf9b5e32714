"""What the model must return for a chain: flat, with the priority early so that a cut answer still has it.

The wire schema (`consumer.analysis.wire`) is made from these models; the full rules are checked against them.
"""

from __future__ import annotations

from pydantic import Field

from schemas.analysis import Category, Priority, WorkflowState
from schemas.chain import Frozen


class CompletionAction(Frozen):
    """An action item as the model returns it."""

    what: str
    owner: str = ""
    due: str = ""
    quote: str


class CompletionClaim(Frozen):
    """A decision or a risk as the model returns it."""

    text: str
    quote: str


class Completion(Frozen):
    """What the model must return: flat, with the priority early so that a cut answer still has it."""

    summary: str = Field(min_length=1)
    priority: Priority
    priority_reason: str = Field(min_length=1)
    priority_quote: str
    category: Category
    workflow_state: WorkflowState
    next_step: str
    organisations: tuple[str, ...] = ()
    amount_quotes: tuple[str, ...] = ()
    action_items: tuple[CompletionAction, ...] = ()
    decisions: tuple[CompletionClaim, ...] = ()
    risks: tuple[CompletionClaim, ...] = ()
    situation: str = ""
    stakes: str = ""
    outlook: str = ""
