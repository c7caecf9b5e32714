"""Deletion: what is meant → spans and log lines → mail, results, dead letters, chains → the file's free space.

A part is one transaction; whatever is interrupted is repeated by the same wish. What has to be deleted in the topics
waits in the outbox. Mail that arrives meanwhile, or later, is new mail; what was forgotten itself is never taken again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from chainmail import span_store
from chainmail.settings import Settings
from chainmail.turn import turn
from producer.chains import group
from producer.exclusion import Exclusion
from producer.log_lines import blank
from producer.regroup import Regrouping, regroup
from schemas.member import Member
from storage import forgetting, mail, outbox
from storage.engine import Database

#: Chains in one transaction: it holds the write lock for some tenths of a second.
_CHAINS = 200


@dataclass(frozen=True)
class OfAddress:
    """All emails that *address* has sent or received (To, Cc)."""

    address: str

    def find(self, connection: Connection) -> Doomed:
        """Return what goes; of mail that nobody could read, any header with the address counts."""
        address = self.address.strip().lower()
        named = Exclusion.of([address]).of_mail
        raws = {raw.raw_sha256 for raw in forgetting.unread(connection) if named(None, raw.content)}
        return Doomed(emails=forgetting.emails_with(connection, address), raws=frozenset(raws))


@dataclass(frozen=True)
class OfChain:
    """All emails of one chain, by its present id."""

    chain_id: str

    def find(self, connection: Connection) -> Doomed:
        """Return what goes."""
        return Doomed(emails=forgetting.emails_of_chain(connection, self.chain_id))


@dataclass(frozen=True)
class Before:
    """All chains whose newest email is older than *at*, and as old mail that nobody could read."""

    at: datetime

    def find(self, connection: Connection) -> Doomed:
        """Return what goes."""
        raws = forgetting.unread_before(connection, self.at)
        return Doomed(emails=forgetting.emails_before(connection, self.at), raws=frozenset(raws))


Wish = OfAddress | OfChain | Before


@dataclass(frozen=True, kw_only=True)
class Doomed:
    """What goes: email id → chain id, and the hashes of raw mails that nobody could read."""

    emails: Mapping[str, str] = field(default_factory=dict)
    raws: frozenset[str] = frozenset()

    def parts(self) -> Iterator[Doomed]:
        """Yield what goes in one transaction each: whole chains' emails; the unreadable ones first."""
        if self.raws:
            yield Doomed(raws=self.raws)
        chains = sorted(set(self.emails.values()))
        for start in range(0, len(chains), _CHAINS):
            part = set(chains[start : start + _CHAINS])
            yield Doomed(emails={email: chain for email, chain in self.emails.items() if chain in part})


@dataclass(kw_only=True)
class Gone:
    """How much went, or would go."""

    raw_mails: int = 0
    emails: int = 0
    chains_deleted: int = 0
    chains_shortened: int = 0
    analyses: int = 0
    dead_letters: int = 0
    spans: int = 0
    log_lines: int = 0
    tombstones: int = 0

    def __bool__(self) -> bool:
        """Tell whether there is any mail in it."""
        return bool(self.raw_mails or self.emails)

    def add(self, other: Gone) -> None:
        """Count *other* too."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    @property
    def words(self) -> str:
        """For people."""
        return (
            f"{self.emails} emails ({self.raw_mails} raw mails), {self.chains_deleted} chains "
            f"({self.chains_shortened} more without some of their emails), {self.analyses} analyses, "
            f"{self.dead_letters} dead letters, {self.spans} spans"
        )

    def as_json(self) -> dict[str, Any]:
        """Names and counts."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A part of what goes, as the ledger has it now: whole chains, and chains of which some emails stay."""

    members: list[tuple[str, Member]]
    stays: list[tuple[str, Member]]
    ids: Mapping[str, list[str]]
    raws: list[tuple[str, str]]

    @property
    def whole(self) -> set[str]:
        return self.ids.keys() - {chain_id for chain_id, _ in self.stays}

    @property
    def all_ids(self) -> list[str]:
        return [each for ids in self.ids.values() for each in ids]


@dataclass(frozen=True)
class Forgetter:
    """What deletion needs: the database, the home with its traces and logs, the names of the topics."""

    database: Database
    settings: Settings

    def look(self, doomed: Doomed) -> Gone:
        """Return how much would go; changes nothing."""
        gone = Gone()
        for piece in doomed.parts():
            with self.database.read() as connection:
                part = _part_of(connection, piece)
                gone.add(_counted(connection, part))
            gone.spans += self._traces(part)[1]
        return gone

    def forget(
        self,
        doomed: Doomed,
        stop: Callable[[], bool] = lambda: False,
        on_wait: Callable[[str], None] = lambda _pid: None,
    ) -> Gone:
        """Delete; return how much went. Nothing is published meanwhile: *on_wait* is told the pid of who is at it.

        Raises:
            TraceStoreError: The trace database is not ours: nothing of this part is deleted yet.
        """
        gone = Gone()
        for piece in doomed.parts():
            with turn(self.settings.home_path / "locks" / "outbox.lock", stop, on_wait) as ours:
                if not ours:
                    break
                with self.database.write() as connection:
                    gone.add(self._forget(connection, _part_of(connection, piece)))
        return gone

    def overwrite(self) -> bool:
        """Leave nothing of what was deleted in the files of database and traces; False where somebody still reads."""
        span_store.empty_log(self.settings.trace_path)
        return self.database.overwrite_deleted(("email", "node"))

    def _forget(self, connection: Connection, part: _Part) -> Gone:
        now = datetime.now(UTC)
        gone = _counted(connection, part)
        # First, because afterwards nobody would know any more which: a crash repeats it.
        gone.spans = span_store.forget(self.settings.trace_path, self._traces(part)[0])
        names = {source for _, source in part.raws}
        gone.log_lines = blank(self.settings.home_path / "logs", names, forgetting.records_of(connection, part.all_ids))
        letters = forgetting.letters_of(connection, part.all_ids) | forgetting.tried_of(connection, part.all_ids)
        outbox.put_letter_tombstones(connection, letters, topic=self.settings.dead_letter_topic, at=now)
        forgetting.delete_results(connection, part.all_ids)
        emails = {member.email_id for _, member in part.members}
        forgetting.delete_mail(connection, emails, [raw_sha256 for raw_sha256, _ in part.raws], now)
        gone.tombstones = len(letters) + self._put_tombstones(connection, part, now)
        forgetting.delete_chains(connection, part.whole)
        self._shorten(connection, part, now)
        return gone

    def _put_tombstones(self, connection: Connection, part: _Part, now: datetime) -> int:
        """Delete the old records, of shortened chains too: their next revision may go to one topic only, or to none."""
        lanes = (self.settings.topic, self.settings.backlog_topic)
        stored = mail.chains(connection, part.ids.keys())
        return sum(
            outbox.put_tombstones(connection, each, revision=stored[chain_id].revision + 1, at=now, lanes=lanes)
            for chain_id, ids in part.ids.items()
            for each in ids
            if chain_id in stored
        )

    def _shorten(self, connection: Connection, part: _Part, now: datetime) -> None:
        """Make chains of the emails that stay; what they refer to stays known."""
        if not part.stays:
            return
        shapes = group(member for _, member in part.stays)
        chain_ids = {chain_id for chain_id, _ in part.stays}
        nodes = forgetting.nodes_of(connection, chain_ids)
        named = {node for shape in shapes for node in shape.nodes}
        forgetting.delete_nodes(connection, nodes.keys() - named)
        change = Regrouping(
            shapes=shapes,
            old=mail.chains(connection, chain_ids),
            chain_of={member.email_id: chain_id for chain_id, member in part.stays},
            nodes={node: nodes.get(node) for node in named},
        )
        regroup(connection, change, topic=self.settings.backlog_topic, now=now)

    def _traces(self, part: _Part) -> tuple[set[str], int]:
        ids = [each for chain_id in part.whole for each in part.ids[chain_id]]
        nodes = [member.node for _, member in part.members]
        return span_store.traces_of(self.settings.trace_path, chain_ids=ids, message_ids=nodes)


def too_old(settings: Settings, now: datetime) -> Before | None:
    """Return what the setting `retention_days` wants forgotten, or None where nothing is ever."""
    return Before(now - timedelta(days=settings.retention_days)) if settings.retention_days is not None else None


def _part_of(connection: Connection, doomed: Doomed) -> _Part:
    """Return what *doomed* is by now; emails that are gone, or in another chain, count as they are."""
    now_in = mail.chains_of_emails(connection, doomed.emails.keys())
    chain_ids = {chain_id for chain_id in now_in.values() if chain_id is not None}
    members = mail.members_of_chains(connection, chain_ids)
    raws = forgetting.raws_of(connection, now_in.keys()) + forgetting.sources_of(connection, doomed.raws)
    return _Part(
        members=[(chain_id, member) for chain_id, member in members if member.email_id in now_in],
        stays=[(chain_id, member) for chain_id, member in members if member.email_id not in now_in],
        ids=forgetting.with_aliases(connection, chain_ids),
        raws=raws,
    )


def _counted(connection: Connection, part: _Part) -> Gone:
    return Gone(
        raw_mails=len(part.raws),
        emails=len(part.members),
        chains_deleted=len(part.whole),
        chains_shortened=len(part.ids) - len(part.whole),
        analyses=forgetting.count_analyses(connection, part.all_ids),
        dead_letters=len(forgetting.letters_of(connection, part.all_ids)),
    )
