"""`eval`: quality on labelled mail, in figures that two models or two prompts can be compared by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chainmail.cli import labelled, options, workspace
from chainmail.cli.analysers import analyser_of
from chainmail.cli.labelled import SetName, Wanted
from chainmail.cli.predicting import predict_files
from chainmail.cli.speech import Exit, Stop, bar, say
from chainmail.settings import Settings
from consumer.analysis.by_code import NAME, CodeAnalyser
from consumer.errors import PermanentError, TransientError
from consumer.evaluation.cases import LabelledSet, SetError
from consumer.evaluation.comparing import compare
from consumer.evaluation.fitting import Fit, FitError, fit
from consumer.evaluation.items import Half
from consumer.evaluation.metrics import judgements
from consumer.evaluation.report import Report, System, markdown, report, system
from consumer.evaluation.running import Outcomes, majority, run
from storage import calibrations
from storage.calibrations import Calibration

#: What `--help` teaches.
HELP = """Measure quality on labelled mail.

A model, the rules alone, and the most frequent answer, side by side.

\b
The demo mailbox:   chainmail eval     (by rules alone: add --no-llm)
Our own labels:     chainmail eval --set enron --mail FOLDER --report DIR
Two models:         chainmail eval --compare DIR/A.json DIR/B.json
Fit confidence:     chainmail eval --fit --set enron --mail FOLDER
Anybody's labels:   chainmail eval --predict FILES --out P.jsonl

\b
Figures come with 95 % intervals: on 15 chains they are wide, and that is the
truth. Where a set needs mail that is no part of chainmail, it says where that
is to be had. --predict writes a line a mail: amounts, dates, references and
actions with their quotes, priority and category.

\b
Confidence is but an order until --fit has seen how often the priority was
right. A fit holds for one model with one prompt, and counts from the next
start of the members on.
"""


class HalfOption(StrEnum):
    """Which half of our own labels: readers were tuned on the one alone."""

    TUNE = "tune"
    HELD_OUT = "held_out"
    ALL = "all"


_HALVES: dict[HalfOption, Half | None] = {
    HalfOption.TUNE: "tune",
    HalfOption.HELD_OUT: "held_out",
    HalfOption.ALL: None,
}


_Labels = Annotated[
    Path,
    typer.Option(
        "--labels", metavar="FILE", help="The labels of --set enron; our own unless given.", show_default=False
    ),
]
_Half = Annotated[HalfOption, typer.Option("--half", help="Which half of --set enron; readers were tuned on tune.")]
_Draw = Annotated[
    int | None,
    typer.Option("--draw", metavar="N", min=1, help="Which draw of --set enron (tests/labels/README.md)."),
]
_Fit = Annotated[
    bool, typer.Option("--fit", help="Fit confidence to how often the priority is right; keep it in --db.")
]


def evaluate(  # noqa: PLR0913 - each is an option of its own
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILES", help="Mail files, folders or patterns; or two reports.")
    ] = None,
    predict: Annotated[bool, typer.Option("--predict", help="Write what is found in each of FILES to --out.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="P.jsonl", help="Where --predict writes.")] = None,
    name: Annotated[SetName, typer.Option("--set", help="The labelled set.")] = SetName.DEMO,
    mail: Annotated[Path | None, typer.Option("--mail", metavar="FOLDER", help="Where the mail of --set is.")] = None,
    labels: _Labels = labelled.LABELS,
    half: _Half = HalfOption.ALL,
    draw: _Draw = None,
    no_llm: options.NoLlm = False,
    model: Annotated[str | None, typer.Option("--model", help="Ask this model instead of the usual one.")] = None,
    into: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write the report into this folder: .md and .json.")
    ] = None,
    json: options.Json = False,
    compare_them: Annotated[bool, typer.Option("--compare", help="Test whether two reports (JSON) differ.")] = False,
    fit_it: _Fit = False,
    db: options.Db = None,
) -> None:
    """Measure quality on labelled mail (`HELP`)."""
    if compare_them:
        _compare(files or [])
        return
    settings = workspace.settings_of(db=db, model=model, model_server="none" if no_llm else None)
    try:
        if predict:
            predict_files(files or [], _needed(out), settings)
            return
        wanted = Wanted(name=name, mail=mail, labels=labels, half=_HALVES[half], draw=draw)
        chosen = _loaded(wanted)
        outcomes = _run(chosen, settings)
    except (TransientError, PermanentError) as error:
        raise Stop(Exit.UNREACHABLE, str(error)) from error
    if fit_it:
        _fit(outcomes, settings)
    else:
        _publish(report(chosen, _systems(chosen, outcomes)), into, as_json=json)


def _needed(out: Path | None) -> Path:
    if out is None:
        raise Stop(Exit.USAGE, "--predict needs --out P.jsonl")
    return out


def _loaded(wanted: Wanted) -> LabelledSet:
    with bar(f"reading the mail of {wanted.name}"):
        return labelled.load(wanted)


def _run(chosen: LabelledSet, settings: Settings) -> Outcomes:
    with analyser_of(settings) as analyser, bar(f"analysing {chosen.name}", len(chosen.cases)) as advance:
        return run(chosen, analyser, advance, at_once=settings.in_flight)


def _systems(chosen: LabelledSet, outcomes: Outcomes) -> Iterator[System]:
    """Yield the system under test, then the baselines."""
    use = outcomes.use
    with bar("drawing cases for the intervals") as advance:

        def on_metric(done: int, total: int) -> None:
            advance(done=done, total=total)

        tested = use.model if use else "no usable answer"
        yield system(tested, outcomes.scores, use=use, failed=outcomes.failed, on_metric=on_metric)
        if tested != NAME:
            ruled = run(chosen, CodeAnalyser(), lambda _: None)
            yield system(NAME, ruled.scores, use=ruled.use, on_metric=on_metric)
        yield system("most frequent answer", majority(chosen), on_metric=on_metric)


def _publish(found: Report, into: Path | None, *, as_json: bool) -> None:
    as_text = found.model_dump_json(indent=1)
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^\w.-]+", "-", f"{found.set_name}-{found.systems[0].name}")
        (into / f"{stem}.json").write_text(as_text + "\n", "utf-8")
        (into / f"{stem}.md").write_text(markdown(found), "utf-8")
        say(f"the report is in {into / stem}.md and .json")
    typer.echo(as_text if as_json else markdown(found))


def _compare(files: list[str]) -> None:
    if len(files) != 2:  # noqa: PLR2004 - of two
        raise Stop(Exit.USAGE, "--compare takes two reports: chainmail eval --compare A.json B.json")
    first, second = (_read(Path(name)) for name in files)
    typer.echo(f"{first.set_name}: from {first.systems[0].name} to {second.systems[0].name}")
    with bar("exchanging answers at random"):
        found = list(compare(first, second))
    for one in found:
        typer.echo(one.words)


def _read(path: Path) -> Report:
    try:
        return Report.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SetError(f"{path}: no report of `chainmail eval --report` ({type(error).__name__})") from error


def _fit(outcomes: Outcomes, settings: Settings) -> None:
    """Fit the confidence of what was tested, say what it came to, and keep it for the members of this database."""
    use = outcomes.use
    if use is None:
        raise FitError("no answer was usable: there is nothing to fit, use a larger model")
    found = fit(judgements(outcomes.scores))
    _say(found, f"{use.model}, prompt {use.prompt_version or 'none'}")
    with workspace.ledger(settings) as (database, _), database.write() as connection:
        calibrations.put(
            connection,
            Calibration(
                model_digest=use.model_digest,
                prompt_version=use.prompt_version,
                fitted_at=datetime.now(UTC),
                **vars(found),
            ),
        )
    say(f"kept in {settings.db}: members that start from now on use it")


def _say(found: Fit, whose: str) -> None:
    typer.echo(f"confidence of {whose}, on {found.chains} chains, fitted and judged in five folds:")
    typer.echo(f"  ECE {found.ece_raw:.3f} raw, {found.ece_fitted:.3f} fitted")
    typer.echo(f"  Brier {found.brier_raw:.3f} raw, {found.brier_fitted:.3f} fitted")
    corners = ", ".join(f"{raw:.2f} → {right:.2f}" for raw, right in found.points)
    typer.echo(f"  {corners}")
