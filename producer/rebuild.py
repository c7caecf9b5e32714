"""All chains anew from the raw mail of the ledger, by the parser and the rules of today; only differences are written.

Three steps, each in batches of bounded transactions. First every email is read again: what a better parser reads
otherwise is written, as a new edition. Then all members are grouped, by the function that groups arriving mail, and
what differs is written: chains that share an email, before or after, change in one transaction, so that nobody ever
sees half of a change. Last, mail that could not be read is tried again. Interrupted, it is run once more: what is done
is no difference any more. Members are held in memory (about 1 kB an email), texts are not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce

from pydantic import ValidationError
from sqlalchemy import Connection

from producer.chains import ChainShape, DisjointSets, group
from producer.join import Arrival, join
from producer.reading import member_of, parsed
from producer.regroup import Regrouping, regroup
from producer.sources.source import RawMail
from schemas.chain import Email
from schemas.member import Member
from storage import mail, rereading
from storage.engine import Database
from storage.mail import StoredChain
from storage.packing import pack, unpack
from storage.rereading import Copy, StoredEmail

#: What one transaction takes, whichever comes first: each is written in well under 200 ms.
_BATCH_EMAILS = 200
_BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ChangedChain:
    """A chain of which there is a new revision, and the ids under which its emails were known before."""

    chain_id: str
    revision: int
    subject: str
    email_count: int
    formerly: tuple[str, ...]


@dataclass(kw_only=True)
class Rebuild:
    """One rebuilding, and what came of it. A dry run writes nothing and says what would change."""

    database: Database
    topic: str
    now: datetime
    dry_run: bool = False
    emails: int = 0
    #: Emails that are read otherwise than before, in whatever.
    reread: int = 0
    #: Emails in mail that could not be read before.
    found: int = 0
    chains: int = 0
    changed: list[ChangedChain] = field(default_factory=list)
    #: Chain ids that are no more.
    gone: list[str] = field(default_factory=list)
    _members: dict[str, Member] = field(default_factory=dict)
    _chain_of: dict[str, str] = field(default_factory=dict)

    def run(self, stop: Callable[[], bool] = lambda: False) -> Iterator[int]:
        """Do it, between transactions until *stop*; yields how many emails were read again, batch by batch."""
        is_whole = yield from self._read_again(stop)
        if not is_whole:
            return  # the next run groups what this one has not read
        for emails in self._batches():
            if stop():
                return
            self._regroup(emails)
        self._try_unreadable(stop)

    def _transaction(self) -> AbstractContextManager[Connection]:
        return self.database.read() if self.dry_run else self.database.write()

    def _read_again(self, stop: Callable[[], bool]) -> Generator[int, None, bool]:
        last = ""
        while not stop():
            with self.database.read() as connection:
                batch = rereading.emails_after(connection, last, limit=_BATCH_EMAILS, max_bytes=_BATCH_BYTES)
            if not batch:
                return True
            last = batch[-1].member.email_id
            self._write(batch)
            self.emails += len(batch)
            yield len(batch)
        return False

    def _write(self, batch: list[StoredEmail]) -> None:
        emails: list[tuple[Member, bytes]] = []
        members: list[Member] = []
        for stored in batch:
            member, content = read_again(stored)
            self._members[member.email_id] = member
            self._chain_of[member.email_id] = stored.chain_id
            if content is not None:
                emails.append((member, pack(content)))
            elif member != stored.member:
                members.append(member)
        self.reread += len(emails)
        if (emails or members) and not self.dry_run:
            with self.database.write() as connection:
                mail.rewrite_emails(connection, emails)
                mail.rewrite_members(connection, members)

    def _batches(self) -> Iterator[set[str]]:
        """Yield the ids of all emails: those that share a chain or its id, before or after, stay together."""
        shapes = group(self._members.values())
        self.chains = len(shapes)
        sets = DisjointSets()
        for shape in shapes:
            sets.join([shape.chain_id, *(self._chain_of[member.email_id] for member in shape.members)])
        families: defaultdict[str, set[str]] = defaultdict(set)
        for shape in shapes:
            families[sets.find(shape.chain_id)].update(member.email_id for member in shape.members)
        batch: set[str] = set()
        for family in families.values():
            batch |= family
            if len(batch) >= _BATCH_EMAILS:
                yield batch
                batch = set()
        if batch:
            yield batch

    def _regroup(self, email_ids: set[str]) -> None:
        with self._transaction() as connection:
            # As they are now: mail may have arrived or been forgotten since it was read.
            chain_ids = {chain_id for chain_id in mail.chains_of_emails(connection, email_ids).values() if chain_id}
            stored = mail.members_of_chains(connection, chain_ids)
            members = [self._members.get(member.email_id, member) if self.dry_run else member for _, member in stored]
            shapes = group(members)
            ids = {shape.chain_id for shape in shapes}
            nodes = {node for shape in shapes for node in shape.nodes}
            chain_of = {member.email_id: chain_id for chain_id, member in stored}
            old = mail.chains(connection, chain_ids | ids)
            owners = mail.chains_of_nodes(connection, nodes)
            nodes_now = {node: owners.get(node) for node in nodes}
            change = Regrouping(shapes=shapes, old=old, chain_of=chain_of, nodes=nodes_now)
            regroup(connection, change, topic=self.topic, now=self.now)
            rereading.keep_nodes(connection, ids, nodes)
            self._note(shapes, change, mail.chains(connection, ids))

    def _note(self, shapes: list[ChainShape], change: Regrouping, stored: Mapping[str, StoredChain]) -> None:
        old, chain_of = change.old, change.chain_of
        self.gone += sorted(old.keys() - stored.keys())
        for shape in shapes:
            before, after = old.get(shape.chain_id), stored[shape.chain_id]
            if before is None or before.revision != after.revision:
                formerly = {chain_of[member.email_id] for member in shape.members} - {shape.chain_id}
                self.changed.append(
                    ChangedChain(
                        chain_id=after.chain_id,
                        revision=after.revision,
                        subject=after.subject,
                        email_count=after.email_count,
                        formerly=tuple(sorted(formerly)),
                    )
                )

    def _try_unreadable(self, stop: Callable[[], bool]) -> None:
        with self.database.read() as connection:
            hashes = rereading.unreadable(connection)
        for raw_sha256 in hashes:
            if stop():
                return
            with self.database.read() as connection:
                raw = rereading.raw_mail(connection, raw_sha256)
            email = _parsed(raw) if raw else None
            if email is not None:
                self.found += 1
                if not self.dry_run:
                    self._take(raw_sha256, email)

    def _take(self, raw_sha256: str, email: Email) -> None:
        """Let mail that could not be read before be an email, or a further copy of one."""
        member = member_of(email)
        with self.database.write() as connection:
            is_known = email.email_id in mail.chains_of_emails(connection, [email.email_id])
            arrival = Arrival(member=member, content=pack(_json(email)))
            join(
                connection,
                [] if is_known else [arrival],
                copies=[member] if is_known else [],
                topic=self.topic,
                now=self.now,
            )
            rereading.was_read(connection, raw_sha256, email.email_id)


def read_again(stored: StoredEmail) -> tuple[Member, bytes | None]:
    """Return what joins the email by today's reading of all its copies, and its JSON where that is another than before.

    It is a new edition where people would read something else in it: only that is worth another analysis. An email
    that no parser of today reads, or whose bytes are gone, stays as it is.
    """
    email_id = stored.member.email_id
    # The id stays, even where today's rule would give another: analyses and links hang on it.
    emails = [email.model_copy(update={"email_id": email_id}) for copy in stored.copies if (email := _parsed(copy))]
    if not emails:
        return stored.member, None
    member = reduce(Member.merged, map(member_of, emails))
    before = unpack(stored.content)
    if before in map(_json, emails):
        return replace(member, edition=stored.member.edition), None
    is_new = _said(before) not in [_said(_json(email)) for email in emails]
    return replace(member, edition=stored.member.edition + is_new), _json(emails[0])


def _said(content: bytes) -> tuple[object, ...] | None:
    """Return what people read in an email, or None where its JSON is of a form that is no more."""
    try:
        email = Email.model_validate_json(content)
    except ValidationError:
        return None
    attachments = [(attachment.filename, attachment.sha256, attachment.text) for attachment in email.attachments]
    return (email.subject, email.sender, email.to, email.cc, email.sent_at, email.written_on, email.text, attachments)


def _parsed(raw: Copy) -> Email | None:
    email = parsed(
        RawMail(
            name=raw.raw_sha256,
            content=unpack(raw.content),
            arrived_at=raw.arrived_at,
            labels=raw.labels,
            thread_keys=raw.thread_keys,
        )
    )
    return email if isinstance(email, Email) else None


def _json(email: Email) -> bytes:
    return email.model_dump_json(exclude_defaults=True).encode()
