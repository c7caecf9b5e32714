"""`forget`: delete mail and everything made of it, here and in the topics, and say by when it is gone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from chainmail.cli import options, workspace
from chainmail.cli.speech import Exit, Stop, human_duration, print_json, say
from chainmail.records import BrokerUnreachableError, Cleaning
from chainmail.settings import Settings
from producer.forget import Before, Doomed, Forgetter, Gone, OfAddress, OfChain, Wish, too_old
from producer.publish import Outbox
from producer.sealing import seal
from storage import forgetting, mail, migrate, outbox
from storage.engine import Database

Address = Annotated[
    str | None, typer.Option("--address", metavar="ADDRESS", help="All emails that it sent or received (To, Cc).")
]
ChainId = Annotated[str | None, typer.Option("--chain", metavar="CHAIN", help="One whole chain.")]
BeforeDate = Annotated[
    str | None, typer.Option("--before", metavar="DATE", help="All chains whose newest email is older (ISO, UTC).")
]
Retention = Annotated[bool, typer.Option("--retention", help="What the setting retention_days wants forgotten.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

_BEYOND = (
    "traces that were exported by OTLP",
    "backups and copies of the database, and free blocks of the disk",
    "the mailbox or the files that the mail came from",
    "what others have quoted in mail of their own that stays",
)


@dataclass(frozen=True, kw_only=True)
class _Topics:
    """What became of the deletion in the topics; `error` says why nothing was published."""

    waiting: int
    cleaning: Mapping[str, Cleaning]
    error: str = ""


def forget(  # noqa: PLR0913 - one option each way of saying what
    address: Address = None,
    chain: ChainId = None,
    before: BeforeDate = None,
    retention: Retention = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    db: options.Db = None,
    json: options.Json = False,
) -> None:
    """Delete mail for good, everywhere.

    Its bytes, analyses, dead letters, traces, and its records in the topics.

    Say which in one way: --address, --chain, --before or --retention. Look first with --dry-run.
    What is forgotten is never taken in again; later mail of the same people is, unless the setting `exclude` names
    them.
    """
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings) as database:
        wish = _wish(database, settings, address=address, chain=chain, before=before, retention=retention)
        forgetter = Forgetter(database, settings)
        with database.read() as connection:
            doomed = wish.find(connection) if wish else Doomed()
        expected = forgetter.look(doomed)
        if dry_run:
            _report(settings, expected, _topics(database, settings, dry_run=True), is_done=False, as_json=json)
            return
        if expected and not yes:
            _ask(expected)
        gone = forgetter.forget(doomed, on_wait=_is_publishing)
        is_overwritten = forgetter.overwrite()
        topics = _topics(database, settings)
    _report(settings, gone, topics, is_done=True, is_overwritten=is_overwritten, as_json=json)


def _wish(
    database: Database,
    settings: Settings,
    *,
    address: str | None,
    chain: str | None,
    before: str | None,
    retention: bool,
) -> Wish | None:
    """Return what the command line names, in exactly one way; None: a chain that was forgotten before."""
    if sum((address is not None, chain is not None, before is not None, retention)) != 1:
        raise Stop(Exit.USAGE, "say in one way what to forget: --address, --chain, --before or --retention")
    if address is not None:
        if "@" not in address.strip()[1:-1]:
            raise Stop(Exit.USAGE, f"{address!r} is no mail address (name@domain)")
        return OfAddress(address)
    if chain is not None:
        return _chain(database, chain)
    wish = Before(moment) if (moment := options.moment(before)) else too_old(settings, datetime.now(UTC))
    if wish is None:
        raise Stop(Exit.USAGE, "retention_days is not set: nothing is ever forgotten by itself")
    return wish


def _chain(database: Database, word: str) -> OfChain | None:
    with database.read() as connection:
        found = mail.resolve(connection, word)
        if found is not None:
            return OfChain(found)
        if forgetting.was_published(connection, word):
            say(f"chain {word} was forgotten before: what was left to do is done")
            return None
    raise Stop(Exit.USAGE, f"there is no chain {word}: `chainmail chains` lists them")


def _ask(expected: Gone) -> None:
    question = f"{expected.words}: this cannot be undone"
    if not (os.isatty(0) and os.isatty(2)):
        raise Stop(Exit.USAGE, f"{question}; nobody can be asked here, so say --yes (or --dry-run to look)")
    if not typer.confirm(f"{question}. Forget them?", err=True):
        raise Stop(Exit.USAGE, "nothing was forgotten")


def _is_publishing(pid: str) -> None:
    say(f"another process (pid {pid}) is publishing from this ledger: waiting for our turn")


def _topics(database: Database, settings: Settings, *, dry_run: bool = False) -> _Topics:
    """Publish the tombstones where a broker answers; else they wait for the next command that publishes."""
    error, cleaning = "", {}
    try:
        connected = workspace.reachable(settings, model=False)
        cleaning = _published(database, connected, dry_run=dry_run)
    except (Stop, BrokerUnreachableError) as refusal:
        error = str(refusal)
    with database.read() as connection:
        waiting = len(outbox.pending(connection, outbox.TOMBSTONES))
    names = (settings.topic, settings.backlog_topic, settings.dead_letter_topic)
    return _Topics(waiting=waiting, cleaning={name: cleaning.get(name, Cleaning()) for name in names}, error=error)


def _published(database: Database, settings: Settings, *, dry_run: bool) -> dict[str, Cleaning]:
    from chainmail.kafka import Admin, Publisher

    admin = Admin(settings)
    try:
        cleaning = admin.cleaning((settings.topic, settings.backlog_topic, settings.dead_letter_topic))
    finally:
        admin.close()
    if dry_run:
        return cleaning
    publisher = Publisher(settings)
    try:
        box = Outbox(database, publisher, settings, migrate.check(database))
        with workspace.tracing(settings, "forget"):
            for _ in box.publish(outbox.TOMBSTONES, on_wait=_is_publishing):
                pass
        seal(box, cleaning)
    finally:
        publisher.close()
    return cleaning


def _report(
    settings: Settings, gone: Gone, topics: _Topics, *, is_done: bool, as_json: bool, is_overwritten: bool = False
) -> None:
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = [
        {
            "topic": name,
            "closed_by": (now + timedelta(seconds=each.closed_after_s)).isoformat(timespec="seconds"),
            "gone_by": (now + timedelta(seconds=each.closed_after_s + each.lag_s)).isoformat(timespec="seconds"),
        }
        for name, each in topics.cleaning.items()
    ]
    if as_json:
        data = gone.as_json() | {"done": is_done, "overwritten": is_overwritten, "waiting": topics.waiting}
        print_json(data | {"broker": topics.error or "reachable", "topics": rows, "beyond": list(_BEYOND)})
        return
    say(f"{'forgotten' if is_done else 'would be forgotten'}: {gone.words}")
    if not is_done or not gone:
        return
    if settings.db_path is None:
        say("this database overwrites what was deleted in its own time (Postgres: VACUUM)")
    elif not is_overwritten:
        say("somebody reads the database: its log is emptied by the next forget, or when the last one closes it")
    _say_topics(topics)
    say(f"out of reach: {'; '.join(_BEYOND)}")


def _say_topics(topics: _Topics) -> None:
    if topics.waiting:
        say(f"{topics.waiting} tombstones wait for a broker ({topics.error}): the next run, ingest or forget publishes")
    longest = max(topics.cleaning.values(), key=lambda each: each.closed_after_s + each.lag_s)
    say(
        f"gone from the broker's disk within {human_duration(longest.closed_after_s + longest.lag_s)} of that, where "
        f"run, ingest or forget is at work once after {human_duration(longest.closed_after_s)}: Kafka cleans up "
        "to the last record but the newest"
    )
