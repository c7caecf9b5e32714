"""Tables and lines for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from chainmail.cli.detail import PRIORITY_STYLE
from chainmail.cli.speech import ERR, OUT, human_bytes
from chainmail.cli.untrusted import in_a_line
from monitor.chains import Filter, Size, chains, given_up, sizes
from monitor.progress import Progress
from schemas.analysis import Money
from storage.engine import Database


def print_chains(database: Database, wanted: Filter | None = None) -> None:
    """Print one line a chain, the most urgent first."""
    with database.read() as connection:
        lines = chains(connection, wanted or Filter())
        found = sizes(connection, [line["chain_id"] for line in lines])
        dead = given_up(connection)
    OUT.print(chains_table(lines, found, dead))


def chains_table(lines: list[dict[str, Any]], found: Mapping[str, Size], dead: Collection[str] = ()) -> Table:
    """Return the results as a table that fills the width."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    for name, width in (("chain", 8), ("priority", 10), ("category", 10)):
        table.add_column(name, width=width, no_wrap=True)
    table.add_column("mails", width=5, justify="right")
    table.add_column("sure", width=4, justify="right")
    table.add_column("at stake", width=13, justify="right", no_wrap=True)
    table.add_column("subject", ratio=2, overflow="ellipsis", no_wrap=True)
    table.add_column("summary", ratio=3, overflow="ellipsis", no_wrap=True)
    for line in lines:
        priority = line["priority"] or ("(given up)" if line["chain_id"] in dead else "(waiting)")
        table.add_row(
            line["chain_id"][:8],
            Text(priority, style=PRIORITY_STYLE.get(priority, "dim")),
            line["category"] or "",
            str(found[line["chain_id"]].email_count),
            f"{line['confidence']:.0%}" if line["confidence"] is not None else "",
            money(found[line["chain_id"]].at_stake),
            Text(in_a_line(line["subject"])),
            Text(in_a_line(line["summary"] or "")),
        )
    return table


def money(sums: Sequence[Money]) -> str:
    """Return the largest of the sums in whole units, and a mark where there are others."""
    if not sums:
        return ""
    largest = max(sums, key=lambda each: each.value)
    return f"{largest.currency or '?'} {largest.value:,.0f}{' +' if len(sums) > 1 else ''}"


def reconcile_line(now: Progress) -> str:
    """Return the sum that has to add up, and below it, where records were given up on, what became of them."""
    parts = {kind.value.replace("_", "-"): count for kind, count in now.outcomes.items()}
    shown = {**parts, "in flight": now.in_flight, "waiting": now.waiting}
    terms = " + ".join(f"{count} {name}" for name, count in shown.items() if count) or "0"
    odd = f" + {now.unaccounted} UNACCOUNTED" if now.unaccounted else " (unaccounted: 0)"
    return "\n".join([f"reconciled: {now.published} published = {terms}{odd}", *letters_line(now.letters)])


def letters_line(letters: Mapping[str, int]) -> list[str]:
    """Return, where there are any, how many dead letters are in each state and the command that lists them."""
    words = ", ".join(f"{count} {state}" for state, count in letters.items() if count)
    return [f"dead letters: {words}: `chainmail dead-letters list` says why"] if words else []


def print_status(now: Progress) -> None:
    """Print the state of the work."""
    OUT.print(reconcile_line(now))
    if now.broker_error:
        OUT.print(f"broker {now.broker_error}: offsets are unknown, the rest is from the database")
    if now.held_back:
        OUT.print(f"{now.held_back} chains wait in the outbox (not selected by --hours or --phase, or not sent yet)")
    rate = f"{now.rate_per_minute:.1f} a minute" if now.rate_per_minute else "no rate yet"
    eta = f", done about {now.eta_at.astimezone():%Y-%m-%d %H:%M}" if now.eta_at else ""
    busy = f", members busy {now.utilisation:.0%} of their time" if now.utilisation is not None else ""
    OUT.print(f"{rate}{eta}{busy}")
    table = Table(box=None, pad_edge=False)
    for name in ("worker", "pid", "state", "partitions", "chain", "since", "done", "failed", "memory"):
        table.add_column(name, no_wrap=True)
    for worker in now.as_json()["workers"]:
        table.add_row(
            worker["id"],
            str(worker["pid"]),
            worker["state"],
            " ".join(part.rpartition("/")[2] for part in worker["partitions"] if ".backlog/" in part),
            in_a_line((worker["chain_id"] or "")[:8]),
            f"{datetime.fromisoformat(worker['since_at']).astimezone():%H:%M:%S}",
            str(worker["completed"]),
            str(worker["failed"]),
            human_bytes(worker["rss_bytes"]),
        )
    OUT.print(table)


def warn(words: str) -> None:
    """Tell a person what to mind."""
    ERR.print(words, style="yellow")
