"""What an analysis is: the stored record.

Comes in: a model's completion (`schemas.completion`) and what code read. Goes out: an `Analysis` whose claims
carry evidence. Nothing that moves priority, money, a date or an owner stands here without its quote.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

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


class Sentiment(StrEnum):
    """How the writers feel about the matter, on the whole."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    MIXED = "mixed"


class ReferenceKind(StrEnum):
    """What a number or an address finds again."""

    ORDER = "order"
    QUOTE = "quote"
    INVOICE = "invoice"
    CONTRACT = "contract"
    TICKET = "ticket"
    DOCKET = "docket"
    PART = "part"
    PRODUCT = "product"
    ACCOUNT = "account"
    BILL_NUMBER = "bill_number"
    PHONE = "phone"
    URL = "url"
    EMAIL = "email"
    OTHER = "other"


#: Who read something in the mail: the model, our rules, or each for itself.
ReadBy = Literal["model", "code", "both"]
#: full: 2,200 to 3,100 characters for a chain of substance. short: a few sentences. none: left out, or unusable.
NarrativeForm = Literal["full", "short", "none"]


class Quoted(Frozen):
    """An earlier mail that stands quoted or forwarded in another and is not at hand itself."""

    sender: str = Field(default="", description="As the head of the quote says it; empty where it does not.")
    sent_on: date | None = Field(default=None, description="Its day of writing; null where it cannot be fixed.")


class Evidence(Frozen):
    """A quote and where it stands: characters [start, end) of that email's `text` or `subject`.

    `quoted` is the mail whose words these are, where the email only quotes or forwards them.
    """

    quote: str = Field(min_length=1, description="The words of the mail, to the letter.")
    email_id: str = Field(description="Which email of the chain holds them.")
    field: Literal["text", "subject"] = Field(default="text", description="Where in the email.")
    start: int = Field(ge=0, description="The first character.")
    end: int = Field(gt=0, description="The one after the last.")
    quoted: Quoted | None = Field(default=None, description="The mail quoted there; null for the email's own words.")


class Amount(Frozen):
    """A sum of money, or a price per unit, parsed from its quote by code."""

    value: Decimal = Field(description="In whole units of the currency; negative for a credit or a discount.")
    currency: str | None = Field(description="ISO 4217, null where the mail does not say.")
    kind: Literal["sum", "price"] = Field(default="sum", description="A price is per unit, all else a sum.")
    unit: str = Field(default="", description="What a price is for one of: MWh, hour, share; empty for a sum.")
    what_for: str = Field(default="", description="The line of the mail in which it stands.")
    evidence: Evidence = Field(description="The words from which code parsed it.")


class DateMention(Frozen):
    """A day named in the mail, resolved against the date of the email that names it."""

    resolved: str | None = Field(
        description="ISO 8601: YYYY-MM-DD, YYYY-Www, YYYY-MM, YYYY, or A/B; null where it cannot be fixed."
    )
    time: str | None = Field(default=None, description="HH:MM or HH:MM-HH:MM as stated; null where none is.")
    zone: str | None = Field(
        default=None, description="The time zone of that time as the mail names it, else the offset of its writer."
    )
    kind: Literal["deadline", "meeting", "past", "period", "other"] = Field(
        default="other", description="Due by then, met then, gone when written, a span, or any other day."
    )
    evidence: Evidence = Field(description="The words that name the day.")


class Reference(Frozen):
    """An order, quote, invoice, ticket or part number, an address, a phone number."""

    kind: ReferenceKind = Field(description="What it finds again.")
    value: str = Field(description="Normalised: a phone by its digits, a URL without its scheme, a number in capitals.")
    evidence: Evidence = Field(description="The words that hold it.")


class Person(Frozen):
    """Somebody who takes part in the conversation, by the headers; title and organisation also by the signature."""

    name: str = Field(description="As the headers say it, else the address.")
    address: str = Field(default="", description="The mail address.")
    organisation: str = Field(default="", description="By the domain of the address, or the signature.")
    role: str = Field(default="", description="What they do in the conversation: sender, or empty.")
    title: str = Field(default="", description="What they are by their own signature.")
    is_own: bool = Field(default=False, description="Of our own house, by its rules (`priority.toml`).")


class ActionItem(Frozen):
    """Who has to do what until when."""

    what: str = Field(description="What is to be done.")
    owner: str | None = Field(default=None, description="As the mail names them; null where nobody can be named.")
    due: str | None = Field(default=None, description="ISO 8601; null where no day is stated.")
    kind: Literal["request", "commitment"] = Field(default="request", description="Asked of somebody, or promised.")
    read_by: ReadBy = Field(default="model", description="Who found it.")
    evidence: Evidence = Field(description="The words that ask or promise it.")


class Claim(Frozen):
    """A sentence about the conversation, with the quote that bears it."""

    text: str = Field(description="The claim, in the words of whoever made the analysis.")
    evidence: Evidence = Field(description="The words that bear it.")


class Money(Frozen):
    """A total in one currency."""

    value: Decimal = Field(description="In whole units of the currency.")
    currency: str | None = Field(description="ISO 4217.")


class Confidence(Frozen):
    """How far the record can be trusted: computed from its parts, never asked for."""

    score: float = Field(ge=0, le=1, description="0 to 1.")
    parts: dict[str, float] = Field(default_factory=dict, description="What it was computed from, each 0 to 1.")
    reasons: tuple[str, ...] = Field(default=(), description="Why it is not higher, in words, the gravest first.")
    raw: float | None = Field(default=None, ge=0, le=1, description="The score before calibration.")
    calibrated: bool = Field(default=False, description="Fitted on labelled chains: right in so many of 100.")


class ModelUse(Frozen):
    """What the analysis cost: calls, tokens and the server's own timings."""

    server: str = Field(description="The kind of server; none: no model was asked.")
    model: str = Field(description="The model's name; the rules' own name where no model was asked.")
    model_digest: str = Field(default="", description="Of the weights, or of the code of the rules.")
    prompt_version: str = Field(description="By content: of the prompts and of the schemas that were sent.")
    calls: int = Field(ge=0, description="Requests to the server.")
    repairs: int = Field(default=0, ge=0, description="Of the calls, those that mended an answer.")
    input_tokens: int = Field(default=0, ge=0, description="What was sent, by the server's count.")
    output_tokens: int = Field(default=0, ge=0, description="What was answered, by the server's count.")
    cached_tokens: int = Field(default=0, ge=0, description="Of the input, what the server had in its prefix cache.")
    duration_s: float = Field(default=0, ge=0, description="From the chain to the record, in seconds.")
    options: dict[str, Any] = Field(default_factory=dict, description="The decoding options of a first try.")


class Analysis(Frozen):
    """The validated, evidence-backed result for one revision of one chain."""

    chain_id: str = Field(description="Which chain.")
    chain_hash: str = Field(description="Which content of it.")
    revision: int = Field(ge=1, description="Which revision of it.")
    analyser_id: str = Field(description="Who made it: prompts, weights, options, budget and schema, as a digest.")
    analysed_at: AwareDatetime = Field(description="When, in UTC.")
    made_by: Literal["model", "code"] = Field(default="model", description="code: by rules alone, without a model.")
    summary: str = Field(min_length=1, description="What it is about and where it stands.")
    priority: Priority = Field(description="How soon somebody must look, by rules and model.")
    priority_reason: str = Field(min_length=1, description="Why, and whether rules or model say so.")
    priority_evidence: Evidence | None = Field(default=None, description="The words that show it, where there are any.")
    category: Category = Field(description="What it is mainly about.")
    workflow_state: WorkflowState = Field(description="Where it stands on its way.")
    next_step: str = Field(default="", description="What is best done next; empty: nothing.")
    people: tuple[Person, ...] = Field(default=(), description="Who takes part.")
    organisations: tuple[str, ...] = Field(default=(), description="Companies and institutions that are named.")
    amounts: tuple[Amount, ...] = Field(default=(), description="Sums of money and prices.")
    dates: tuple[DateMention, ...] = Field(default=(), description="Days that are named.")
    references: tuple[Reference, ...] = Field(default=(), description="Numbers and addresses that find things again.")
    action_items: tuple[ActionItem, ...] = Field(default=(), description="What somebody has to do.")
    decisions: tuple[Claim, ...] = Field(default=(), description="What was decided.")
    risks: tuple[Claim, ...] = Field(default=(), description="What may go wrong.")
    open_questions: tuple[Claim, ...] = Field(default=(), description="What nobody has answered yet.")
    sentiment: Sentiment | None = Field(default=None, description="The tone; null where no model was asked.")
    business_value: tuple[Money, ...] = Field(default=(), description="Grounded sums at stake, by currency.")
    narrative: str = Field(
        default="", description="The story in named sections, as far as the mail bears it; the model's own words."
    )
    narrative_form: NarrativeForm = Field(default="none", description="How much of a narrative the chain deserved.")
    confidence: Confidence = Field(description="How far to trust it.")
    disagreements: tuple[str, ...] = Field(default=(), description="Where model and rules read differently, in words.")
    injection_signs: tuple[str, ...] = Field(
        default=(),
        description="What in the mail talks to whoever sorts it rather than about the matter; a warning only.",
    )
    hidden_chars: int = Field(default=0, ge=0, description="Characters of hidden HTML that nobody was shown.")
    lacking: tuple[str, ...] = Field(default=(), description="Parts that the model's answer could not give, and why.")
    dropped: dict[str, int] = Field(
        default_factory=dict, description="Claims without evidence, by field; `sentences`: of free text."
    )
    elided_chars: int = Field(default=0, ge=0, description="Characters of the chain that the prompt had no room for.")
    cut: tuple[str, ...] = Field(default=(), description="What was shortened or left out of the prompt, in words.")
    model_use: ModelUse = Field(description="What it cost.")
