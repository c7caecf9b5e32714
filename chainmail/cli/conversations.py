"""`chains explain`, `rebuild-chains`: why emails belong together, and all of it done again."""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from chainmail.cli import options, results, workspace
from chainmail.cli.line import Wish, importing, open_line
from chainmail.cli.speech import OUT, Exit, Stop, bar, print_json, say
from chainmail.cli.untrusted import in_a_line
from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings
from producer.chains import group, shape_of
from producer.explain import Explanation, explain
from producer.rebuild import Rebuild
from storage import mail, outbox, rereading
from storage.engine import Database
from storage.outbox import Selection

#: Changed chains that are named; `--json` lists all.
_SHOWN_CHAINS = 20

chains = typer.Typer(help="List the chains, the most urgent first; or `explain` one.")
chains.callback(invoke_without_command=True)(results.list_chains)


@chains.command("explain")
def explain_chain(
    chain: Annotated[
        str, typer.Argument(metavar="CHAIN", help="A chain id or its start, a former id, or a Message-ID.")
    ],
    db: options.Db = None,
    json: options.Json = False,
) -> None:
    """Say why each email is in the chain, and what is missing.

    And why the chain has its id.
    """
    with workspace.existing(workspace.settings_of(db=db)) as database, database.read() as connection:
        chain_id = mail.resolve(connection, chain)
        if chain_id is None:
            raise Stop(Exit.USAGE, f"no chain is named by {chain!r}: `chainmail chains` lists them")
        members = [member for _, member in mail.members_of_chains(connection, [chain_id])]
        emails = {email.email_id: email for email in mail.emails_of_chain(connection, chain_id)}
        stored = mail.chains(connection, [chain_id])[chain_id]
        aliases = mail.aliases_of(connection, chain_id)
    shape = shape_of(members)
    if shape.chain_id != chain_id or len(group(members)) > 1:
        say("this chain was made by other rules than those of today: `chainmail rebuild-chains` makes it anew")
    found = explain(shape, emails)
    if json:
        print_json(_as_json(found, chain_id, aliases, stored.missing))
    else:
        _print(found, chain_id, aliases, stored.missing)


def _as_json(found: Explanation, chain_id: str, aliases: list[str], missing: list[str]) -> dict[str, Any]:
    emails = [
        {**asdict(email), "sent_at": email.sent_at.isoformat() if email.sent_at else None} for email in found.emails
    ]
    return {
        **asdict(found),
        "chain_id": chain_id,
        "emails": emails,
        "aliases": aliases,
        "missing": missing,
    }


def _print(found: Explanation, chain_id: str, aliases: list[str], missing: list[str]) -> None:
    lines = [f"chain {chain_id}: {in_a_line(found.why_id)}"]
    if aliases:
        lines.append(f"formerly {', '.join(aliases)}")
    lines.append(f"completeness {found.score:.0%}: {found.why_score}")
    lines += [f"  {in_a_line(reason)}" for reason in missing]
    for email in found.emails:
        when = f"{email.sent_at:%Y-%m-%d %H:%M} UTC" if email.sent_at else "undated"
        who, what = in_a_line(email.sender) or "?", in_a_line(email.subject) or "(no subject)"
        lines += ["", f"{when}  {who}  {what}", f"  {in_a_line(email.node)}"]
        lines += [f"  · {in_a_line(reason.words)}" for reason in email.reasons]
    for line in lines:
        OUT.print(line, soft_wrap=True)


def rebuild_chains(
    db: options.Db = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
    json: options.Json = False,
) -> None:
    """Group all mail of the database anew; publish what changed.

    All of it is parsed again, by the rules of today, from the bytes that were kept.

    Needs no broker: where none is reachable, what changed waits to be published by the next `ingest` or `run`.
    """
    stopping = options.stop_on_signals()
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings):
        pass  # a new database would have nothing to rebuild
    with workspace.ledger(settings) as (database, ledger_id):
        with database.read() as connection:
            total = rereading.count_emails(connection)
        rebuild = Rebuild(database=database, topic=settings.backlog_topic, now=datetime.now(UTC), dry_run=dry_run)
        with importing(settings, stopping.is_set), bar("reading mail again", total) as advance:
            for count in rebuild.run(stopping.is_set):
                advance(count)
        published = 0 if dry_run else _publish(settings, database, ledger_id, stopping)
    _report(rebuild, published, as_json=json)
    if stopping.is_set():
        interrupted = options.interrupted.is_set()
        raise Stop(Exit.INTERRUPTED if interrupted else Exit.FAILURES, "stopped: run it again to rebuild the rest")


def _publish(settings: Settings, database: Database, ledger_id: str, stopping: threading.Event) -> int:
    """Publish what waits, as `ingest` does; where no broker is reachable, say that it waits. Returns how many were."""
    try:
        with database.read() as connection:
            if not outbox.has_pending(connection, Selection()):
                return 0
        reached = workspace.reachable(settings, model=False)
        with (
            workspace.tracing(reached, "producer"),
            open_line(reached, database, ledger_id, stopping) as line,
        ):
            line.publish(line.selection(Wish()))
            return line.counts.published
    except (Stop, BrokerUnreachableError) as error:
        say(f"{error}\nwhat changed waits in the outbox: the next `ingest` or `run` publishes it")
        return 0


def _report(rebuild: Rebuild, published: int, *, as_json: bool) -> None:
    if as_json:
        counts = {name: getattr(rebuild, name) for name in ("dry_run", "emails", "reread", "found", "chains")}
        changed = [asdict(chain) for chain in rebuild.changed]
        print_json({**counts, "changed": changed, "gone": rebuild.gone, "published": published})
        return
    for chain in rebuild.changed[:_SHOWN_CHAINS]:
        was = f", formerly {' and '.join(each[:8] for each in chain.formerly)}" if chain.formerly else ""
        words = f"{chain.chain_id[:8]}  {chain.email_count} emails, revision {chain.revision}{was}: "
        OUT.print(words + in_a_line(chain.subject), soft_wrap=True)
    if len(rebuild.changed) > _SHOWN_CHAINS:
        OUT.print(f"… and {len(rebuild.changed) - _SHOWN_CHAINS} more: --json lists all")
    would = "would change" if rebuild.dry_run else "changed"
    found = f", {rebuild.found} of mail that could not be read before" if rebuild.found else ""
    say(
        f"{rebuild.emails} emails read again, {rebuild.reread} of them otherwise than before{found}; "
        f"{rebuild.chains} chains: {len(rebuild.changed)} {would}, {len(rebuild.gone)} ids are no more; "
        f"{published} published"
    )
