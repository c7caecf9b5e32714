"""What an analysis is: the stored record, and what the model must return for it.

Comes in: a model's completion, as `Completion`. Goes out: an `Analysis` whose claims carry
evidence. Nothing that moves priority, money or an owner stands here without its quote.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.chain import Frozen


class Priority(StrEnum):
    """How soon a person must look."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Category(StrEnum):
    """What the conversation is mainly about."""

    REQUEST = "request"
    ORDER = "order"
    QUOTE = "quote"
    INVOICE = "invoice"
    COMPLAINT = "complaint"
    INCIDENT = "incident"
    CONTRACT = "contract"
    DECISION = "decision"
    REPORT = "report"
    SCHEDULING = "scheduling"
    PERSONNEL = "personnel"
    LEGAL = "legal"
    FINANCE = "finance"
    LOGISTICS = "logistics"
    PERSONAL = "personal"
    BULK = "bulk"
    OTHER = "other"


class WorkflowState(StrEnum):
    """Where the matter stands."""

    START = "start"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    COMPLETED = "completed"
    BLOCKED = "blocked"


class Quoted(Frozen):
    """An earlier mail that stands quoted or forwarded in another and is not at hand itself."""

    sender: str = Field(default="", description="As the head of the quote says it; empty where it does not.")
    sent_on: date | None = Field(default=None, description="Its day of writing; null where it cannot be fixed.")


class Evidence(Frozen):
    """A quote and where it stands: characters [start, end) of that email's `text` or `subject`.

    `quoted` is the mail whose words these are, where the email only quotes or forwards them.
    """

    quote: str = Field(min_length=1)
    email_id: str
    field: Literal["text", "subject"] = "text"
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    quoted: Quoted | None = None


class Amount(Frozen):
    """A sum of money, or a price per unit, parsed from its quote by code."""

    value: Decimal
    currency: str | None = Field(description="ISO 4217, null where the mail does not say.")
    kind: Literal["sum", "price"] = "sum"
    what_for: str = ""
    evidence: Evidence


class DateMention(Frozen):
    """A day named in the mail, resolved against the date of the email that names it."""

    resolved: str | None = Field(description="ISO 8601: YYYY-MM-DD, YYYY-MM or YYYY; null where it cannot be fixed.")
    kind: Literal["deadline", "meeting", "past", "period", "other"] = "other"
    evidence: Evidence


class Reference(Frozen):
    """An order, quote, invoice, ticket or part number, an address, a phone number."""

    kind: str
    value: str
    evidence: Evidence


class Person(Frozen):
    """Somebody who takes part in the conversation."""

    name: str
    address: str = ""
    organisation: str = ""
    role: str = ""


class ActionItem(Frozen):
    """Who has to do what until when."""

    what: str
    owner: str | None = None
    due: str | None = None
    evidence: Evidence


class Claim(Frozen):
    """A sentence about the conversation, with the quote that bears it."""

    text: str
    evidence: Evidence


class Money(Frozen):
    """A total in one currency."""

    value: Decimal
    currency: str | None


class Confidence(Frozen):
    """How far the record can be trusted: computed from its parts, never asked for."""

    score: float = Field(ge=0, le=1)
    parts: dict[str, float] = Field(default_factory=dict)
    calibrated: bool = False


class ModelUse(Frozen):
    """What the analysis cost: calls, tokens and the server's own timings."""

    server: str
    model: str
    model_digest: str = ""
    prompt_version: str
    calls: int = Field(ge=0)
    repairs: int = Field(default=0, ge=0)
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    duration_s: float = Field(default=0, ge=0)


class Analysis(Frozen):
    """The validated, evidence-backed result for one revision of one chain."""

    chain_id: str
    chain_hash: str
    revision: int = Field(ge=1)
    analyser_id: str
    analysed_at: AwareDatetime
    summary: str = Field(min_length=1)
    priority: Priority
    priority_reason: str = Field(min_length=1)
    priority_evidence: Evidence | None = None
    category: Category
    workflow_state: WorkflowState
    next_step: str = ""
    people: tuple[Person, ...] = ()
    organisations: tuple[str, ...] = ()
    amounts: tuple[Amount, ...] = ()
    dates: tuple[DateMention, ...] = ()
    references: tuple[Reference, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    decisions: tuple[Claim, ...] = ()
    risks: tuple[Claim, ...] = ()
    business_value: tuple[Money, ...] = Field(default=(), description="Grounded sums at stake, by currency.")
    narrative: str = ""
    confidence: Confidence
    dropped: dict[str, int] = Field(default_factory=dict, description="Claims without evidence, by field.")
    elided_chars: int = Field(default=0, ge=0, description="Characters of the chain that the prompt had no room for.")
    model_use: ModelUse


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
