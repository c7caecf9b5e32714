"""`chains explain`, `rebuild-chains`: why emails belong together, and all of it done again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from chainmail.cli import options, results, workspace
from chainmail.cli.speech import OUT, Exit, Stop, print_json, say
from producer.chains import group, shape_of
from producer.explain import Explanation, explain
from storage import mail

chains = typer.Typer(help="List the chains, the most urgent first; `explain` says why a chain is as it is.")
chains.callback(invoke_without_command=True)(results.list_chains)


@chains.command("explain")
def explain_chain(
    chain: Annotated[
        str, typer.Argument(metavar="CHAIN", help="A chain id or its start, a former id, or a Message-ID.")
    ],
    db: options.Db = None,
    json: options.Json = False,
) -> None:
    """Say why each email is in the chain, why the chain has its id, and what is missing in it."""
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
    lines = [f"chain {chain_id}: {found.why_id}"]
    if aliases:
        lines.append(f"formerly {', '.join(aliases)}")
    lines.append(f"completeness {found.score:.0%}: {found.why_score}")
    lines += [f"  {reason}" for reason in missing]
    for email in found.emails:
        when = f"{email.sent_at:%Y-%m-%d %H:%M} UTC" if email.sent_at else "undated"
        lines += ["", f"{when}  {email.sender or '?'}  {email.subject or '(no subject)'}", f"  {email.node}"]
        lines += [f"  · {reason.words}" for reason in email.reasons]
    for line in lines:
        OUT.print(line, markup=False, soft_wrap=True)
