"""Raw mail to what the ledger keeps of it: parsed, packed, with what joins it; in this process, or beside it in others.

Comes in: bytes. Goes out: `Read`, which is all that the storing process needs; emails cross no process boundary whole.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from opentelemetry.util.types import AttributeValue

from chainmail import light_spans, telemetry
from producer.beside import begin_tracing, beside, collecting_seldom, processes
from producer.exclusion import Exclusion
from producer.parse import NotMail, Unreadable, parse
from producer.references import names_no_email, refs_of
from producer.sources.source import RawMail
from producer.subjects import MAX_PEOPLE, SHARED_PEOPLE, base_subject, is_generic
from schemas.chain import Email
from schemas.member import Member
from storage.packing import pack

#: Fewer messages are read here before other processes would have started.
_WORTH_MESSAGES = 1_000


@dataclass(frozen=True, kw_only=True)
class Hashed:
    """A raw mail under its SHA-256."""

    raw: RawMail
    raw_sha256: str


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read in one raw mail: a member with its JSON (packed), or the reason why there is none.

    Times are ns since 1970.
    """

    name: str
    raw_sha256: str
    arrived_at: datetime | None = None
    labels: tuple[str, ...] = ()
    thread_keys: tuple[str, ...] = ()
    packed_raw: bytes = b""
    size_bytes: int = 0
    member: Member | None = None
    content: bytes = b""
    message_id: str | None = None
    unreadable: str = ""
    not_mail: str = ""
    excluded: str = ""
    parse_ns: tuple[int, int] = (0, 0)
    #: The trace that reading began, where it was read in another process.
    traceparent: str | None = None


def read(found: Hashed, exclusion: Exclusion, *, traced: bool = False) -> Read:
    """Return what *found* says, where wanted with the trace that begins here; never raises."""
    raw, raw_sha256 = found.raw, found.raw_sha256
    started_ns = time.time_ns()
    result = parsed(raw)
    if isinstance(result, NotMail):
        return Read(name=raw.name, raw_sha256=raw_sha256, not_mail=result.reason)
    if excluded := exclusion.of_mail(result if isinstance(result, Email) else None, raw.content):
        return Read(name=raw.name, raw_sha256=raw_sha256, excluded=excluded)
    email = result if isinstance(result, Email) else None
    content = pack(email.model_dump_json(exclude_defaults=True).encode()) if email else b""
    parse_ns = (started_ns, time.time_ns())
    return Read(
        name=raw.name,
        raw_sha256=raw_sha256,
        arrived_at=raw.arrived_at,
        labels=raw.labels,
        thread_keys=raw.thread_keys,
        packed_raw=pack(raw.content),
        size_bytes=len(raw.content),
        member=member_of(email) if email else None,
        content=content,
        message_id=email.message_id if email else None,
        unreadable=result.reason if isinstance(result, Unreadable) else "",
        parse_ns=parse_ns,
        traceparent=_trace(email, *parse_ns) if email and traced else None,
    )


def parsed(raw: RawMail) -> Email | NotMail | Unreadable:
    """Return what *raw* says, with what its container said of it."""
    result = parse(raw.content, raw.arrived_at, raw.labels)
    if not isinstance(result, Email) or not raw.thread_keys:
        return result
    return result.model_copy(update={"thread_keys": tuple(dict.fromkeys([*result.thread_keys, *raw.thread_keys]))})


def member_of(email: Email) -> Member:
    """Return what grouping looks at in *email*."""
    node = f"sha256:{email.email_id}" if names_no_email(email.node) else email.node
    refs = refs_of(email.references, email.in_reply_to, node=node)
    base, answers, generic = _words_of(email.subject)
    addresses = {entry.address.lower() for entry in (email.sender, *email.to, *email.cc) if entry and entry.address}
    dated = email.sent_at_from == "date"
    joins = dated and SHARED_PEOPLE <= len(addresses) <= MAX_PEOPLE and not is_to_many(email.bulk)
    return Member(
        email_id=email.email_id,
        node=node,
        refs=refs,
        sent_at=email.sent_at,
        dated=dated,
        ahead=email.ahead,
        subject=email.subject,
        subject_key=base if joins and not generic else "",
        seeks=answers and not refs and not email.thread_keys,
        people=tuple(sorted(addresses)),
        thread_keys=tuple(_with_subject(key, base) for key in email.thread_keys),
        bulk=email.bulk,
        cut=email.is_cut,
        damaged=email.is_damaged,
    )


@lru_cache(maxsize=512)
def _words_of(subject: str) -> tuple[str, bool, bool]:
    """Return the base subject, whether it answers, whether it is generic; remembered: a conversation has one."""
    base, answers = base_subject(subject)
    return base, answers, is_generic(base)


def is_to_many(bulk: str) -> bool:
    """Tell whether mail of this kind is no conversation: newsletters and what machines write."""
    return bulk.startswith(("newsletter:", "automatic:"))


def _with_subject(thread_key: str, base: str) -> str:
    """Return the key under which mail joins: to Exchange another subject is another topic, under the same key."""
    if not thread_key.startswith("exchange:"):
        return thread_key
    return f"{thread_key}:{hashlib.sha256(base.encode('utf-8', 'replace')).hexdigest()[:16]}"


@dataclass
class Readers:
    """Reads batches in order: a few here, many in other processes."""

    exclusion: Exclusion
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)
    _theirs: list[Future[list[Read]]] = field(default_factory=list, init=False)

    @property
    def ahead(self) -> int:
        """How many batches may be handed over before the first is asked for."""
        return 3 * processes() if self._pool else 1

    def submit(self, batch: Sequence[Hashed]) -> Future[list[Read]]:
        """Return what becomes of *batch*; where all other processes have work, it is read here meanwhile."""
        self._theirs = [future for future in self._theirs if not future.done()]
        if batch and self._pool is not None and len(self._theirs) < 2 * processes():  # one at work, one at hand
            self._theirs.append(self._pool.submit(_read_traced, batch, self.exclusion))
            return self._theirs[-1]
        done: Future[list[Read]] = Future()
        done.set_result([read(found, self.exclusion, traced=self._pool is not None) for found in batch])
        return done


@contextmanager
def readers(exclusion: Exclusion, expected_messages: int, trace_path: Path | None = None) -> Iterator[Readers]:
    """Yield readers for about so many messages; other processes trace to *trace_path* where this one traces."""
    made = Readers(exclusion)
    if expected_messages < _WORTH_MESSAGES or processes() < 1:
        yield made
        return
    traced = trace_path is not None and telemetry.is_configured()
    with collecting_seldom(), beside(begin_tracing, trace_path) if traced else beside() as pool:
        made._pool = pool  # noqa: SLF001 - its own
        yield made


def _read_traced(batch: Sequence[Hashed], exclusion: Exclusion) -> list[Read]:
    return [read(found, exclusion, traced=True) for found in batch]


def _trace(email: Email, start_ns: int, end_ns: int) -> str | None:
    """Trace a new email: the root span of an import covers its reading. Return what carries the trace on."""
    attributes: dict[str, AttributeValue] = {telemetry.MESSAGE_ID: email.message_id} if email.message_id else {}
    root = light_spans.begin("ingest email", start_ns=start_ns, attributes=attributes)
    if root is None:
        return None
    root.end(end_ns=end_ns)
    return root.traceparent
