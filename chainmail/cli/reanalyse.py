"""`reanalyse`: stored chains once more, by another model, another prompt, rules alone, or other rules of the house."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import ColumnElement

from chainmail.cli import options, workspace
from chainmail.cli.estimate import estimate
from chainmail.cli.speech import Exit, Stop, bar, human_duration, print_json, say
from chainmail.local import stack
from chainmail.settings import Settings
from consumer.analysis.analyse import Analyser
from consumer.analysis.analyser import ChainAnalyser
from consumer.analysis.by_code import CodeAnalyser
from consumer.analysis.calibration import CalibratedAnalyser
from consumer.analysis.models.select import addresses_of, model_host, model_server
from consumer.curves import curves_of
from consumer.errors import PermanentError, TransientError
from consumer.house_file import house_rules
from consumer.reanalysis import Ending, Reanalysis
from consumer.reruling import Reruling
from monitor.selection import ConditionError, condition, selected
from producer.chain_records import chains_of
from schemas.chain import Chain
from storage.engine import Database

#: Threads for one command: more wait for the same slots.
_MOST_WORKERS = 64
_SHOWN_FAILURES = 10

_WHERE = (
    "Only chains that fit: priority=, category=, made_by=, model=, analyser=, chain=, since=, until=, search=, "
    "confidence<0.5. May be repeated: all must fit."
)
Where = Annotated[list[str] | None, typer.Option("--where", metavar="EXPR", help=_WHERE)]
Model = Annotated[str | None, typer.Option("--model", metavar="M", help="Ask this model instead of the usual one.")]
Prompt = Annotated[
    Path | None,
    typer.Option("--prompt", metavar="FOLDER", help="record.md and narrative.md in it replace the packaged prompts."),
]
Missing = Annotated[bool, typer.Option("--missing", help="Only chains that nobody has analysed as they are now.")]
RulesOnly = Annotated[
    bool, typer.Option("--rules-only", help="Apply today's priority.toml to what is stored; no model is asked.")
]
Parallel = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, max=_MOST_WORKERS, help="Chains at once; as many as the server has slots unless given."
    ),
]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="So many chains at most; all unless given.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say how much work it is, and do nothing.")]


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """Which chains, and how the result is told."""

    conditions: Sequence[ColumnElement[bool]]
    missing: bool
    limit: int | None
    dry_run: bool
    as_json: bool


def reanalyse(  # noqa: PLR0913 - each is an option of its own
    where: Where = None,
    model: Model = None,
    prompt: Prompt = None,
    no_llm: options.NoLlm = False,
    missing: Missing = False,
    rules_only: RulesOnly = False,
    workers: Parallel = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    db: options.Db = None,
    json: options.Json = False,
) -> None:
    """Analyse stored chains again, beside the old results.

    `chainmail analysers`, `compare` and `promote` tell them apart.

    Kafka is not involved, and members may be at work meanwhile. What the same analyser has done already is not done
    again: stopped or killed, the same command goes on where it was.
    """
    if rules_only and (no_llm or missing or model or prompt):
        raise Stop(
            Exit.USAGE, "--rules-only asks nobody: --model, --prompt, --no-llm, --missing mean nothing beside it"
        )
    if no_llm and (model or prompt):
        raise Stop(Exit.USAGE, "--no-llm asks no model: leave out --model and --prompt")
    wish = _Wish(conditions=_conditions(where or []), missing=missing, limit=limit, dry_run=dry_run, as_json=json)
    server = "none" if no_llm else None
    settings = workspace.settings_of(db=db, model=model, prompt_folder=prompt, model_server=server)
    stopping = options.stop_on_signals()
    with workspace.existing(settings) as database, workspace.tracing(settings, "reanalyse"):
        if rules_only:
            _rules_only(settings, database, wish, stopping)
        else:
            _with_analyser(settings, database, wish, workers, stopping)
    if stopping.is_set():
        code = Exit.INTERRUPTED if options.interrupted.is_set() else Exit.FAILURES
        raise Stop(code, "stopped: the same command does the rest")


def _conditions(where: Sequence[str]) -> list[ColumnElement[bool]]:
    try:
        return [condition(each) for each in where]
    except ConditionError as error:
        raise Stop(Exit.USAGE, f"--where: {error}") from error


def _with_analyser(
    given: Settings, database: Database, wish: _Wish, workers: int | None, stopping: threading.Event
) -> None:
    settings = _reachable(given, must_answer=not wish.dry_run)
    with closing(CalibratedAnalyser(_analyser(settings), curves_of(database))) as analyser:
        chosen = _chosen(settings, database, wish, not_by=_id_of(analyser))
        parallel = _parallel(settings, workers)
        load = partial(_load, database, settings)
        found = estimate(database, settings, chosen, model=_model_of(analyser), load=load, parallel=parallel)
        say(found.words)
        if wish.dry_run:
            counts, failures = Counter[Ending](), list[str]()
        else:
            work = Reanalysis(database=database, analyser=analyser, rules=house_rules(settings), load=load)
            counts, failures = _done(work, chosen, parallel, stopping)
            say(_summary(counts))
    if wish.as_json:
        ended = {ending.value: counts[ending] for ending in Ending}
        print_json({"dry_run": wish.dry_run, **found.as_json(), **ended})
    if failures:
        raise Stop(Exit.FAILURES, "\n".join([f"{len(failures)} chains failed:", *failures[:_SHOWN_FAILURES]]))


def _done(
    work: Reanalysis, chosen: Sequence[str], parallel: int, stopping: threading.Event
) -> tuple[Counter[Ending], list[str]]:
    """Do the work, showing how far it is; return how the chains ended and why some failed."""
    counts: Counter[Ending] = Counter()
    failures: list[str] = []
    began_s = time.monotonic()
    try:
        with bar("analysing again", len(chosen)) as advance:
            for done in work.run(chosen, workers=parallel, stop=stopping.is_set):
                counts[done.ending] += 1
                if done.ending is Ending.FAILED:
                    failures.append(f"  {done.chain_id[:8]}: {done.words}")
                advance(1, words=_pace(counts.total(), len(chosen), time.monotonic() - began_s))
    except TransientError as error:
        say(_summary(counts))
        raise Stop(Exit.UNREACHABLE, f"{error}\nwhat is stored stays: the same command does the rest") from error
    return counts, failures


def _pace(done: int, total: int, seconds: float) -> str:
    left_s = seconds / done * (total - done)
    return f"analysing again ({done / seconds * 60:.1f} a minute, about {human_duration(left_s)} left)"


def _rules_only(settings: Settings, database: Database, wish: _Wish, stopping: threading.Event) -> None:
    rules = house_rules(settings)
    chosen = _chosen(settings, database, wish)
    say(f"{len(chosen)} chains, rules of the house {rules.version or '(none)'}; no model is asked")
    chains = analyses = moved = 0
    if not wish.dry_run:
        work = Reruling(database=database, rules=rules, load=partial(chains_of, settings=settings))
        with bar("applying the rules", len(chosen)) as advance:
            for part in work.run(chosen, stop=stopping.is_set):
                chains, analyses, moved = chains + part.chains, analyses + part.analyses, moved + part.moved
                advance(part.chains)
        say(f"{analyses} analyses got these rules, {moved} of them another priority")
    if wish.as_json:
        counts = {"selected": len(chosen), "chains": chains, "analyses": analyses, "moved": moved}
        print_json({"dry_run": wish.dry_run, "house_version": rules.version, **counts})


def _chosen(settings: Settings, database: Database, wish: _Wish, not_by: str | None = None) -> list[str]:
    skipped = [kind for kind, policy in settings.bulk_policies.items() if policy == "skip"]
    with database.read() as connection:
        found = selected(
            connection,
            wish.conditions,
            missing=wish.missing,
            not_by=not_by,
            without_bulk=skipped,
            limit=wish.limit,
        )
    return [target.chain_id for target in found]


def _load(database: Database, settings: Settings, chain_id: str) -> Chain | None:
    with database.read() as connection:
        return chains_of(connection, [chain_id], settings).get(chain_id)


def _reachable(settings: Settings, *, must_answer: bool) -> Settings:
    """Return settings that reach the model server.

    Raises:
        Stop: It does not answer, and must (exit code 3).
    """
    found = stack.addresses_of(settings)
    settings = workspace.connected(settings, found) if found is not None else settings
    if settings.model_server == "embedded" and not settings.model_url:
        raise Stop(Exit.UNREACHABLE, "the embedded model server does not run: start it with `chainmail up --detach`")
    if must_answer:
        workspace.check_model(settings)
    return settings


def _analyser(settings: Settings) -> ChainAnalyser:
    return CodeAnalyser() if settings.model_server == "none" else Analyser(model_server(settings), settings)


def _id_of(analyser: ChainAnalyser) -> str | None:
    try:
        return analyser.analyser_id
    except (TransientError, PermanentError) as error:
        say(f"the model server does not answer ({error}): what it has done already is counted too")
        return None


def _model_of(analyser: ChainAnalyser) -> str:
    try:
        return analyser.identity.model
    except (TransientError, PermanentError):
        return ""


def _parallel(settings: Settings, workers: int | None) -> int:
    """Return how many chains are in work at once: as wished, but no more than the model servers have slots."""
    if settings.model_server == "none":
        return workers or 1
    slots = settings.model_slots
    if slots is None:
        try:
            said = [model_host(settings, url).slots() for url in addresses_of(settings)]
        except (TransientError, PermanentError):
            return workers or 1
        slots = sum(each for each in said if each) or None
    return min(workers or slots or settings.in_flight, slots or _MOST_WORKERS, _MOST_WORKERS)


def _summary(counts: Counter[Ending]) -> str:
    return ", ".join(f"{counts[ending]} {ending}" for ending in Ending if counts[ending]) or "nothing was done"
