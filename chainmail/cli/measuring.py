"""`doctor --measure`: what a model server can do, as a table and in words."""

from __future__ import annotations

from rich import box
from rich.table import Table

from chainmail.cli import workspace
from chainmail.cli.speech import OUT, Exit, Stop, human_bytes, human_duration, print_json, say
from chainmail.local import stack
from chainmail.local.measure import Measurement, Step, advice, measure
from chainmail.settings import Settings
from consumer.analysis.models.select import addresses_of
from consumer.errors import PermanentError, TransientError


def measure_servers(settings: Settings, *, as_json: bool) -> None:
    """Measure every host of the model server, and print what was found.

    Raises:
        Stop: One does not answer (exit code 3).
    """
    found = stack.addresses_of(settings)
    if found is not None:
        settings = workspace.connected(settings, found)
    try:
        measured = [_measured(settings, url) for url in addresses_of(settings)]
    except (TransientError, PermanentError) as error:
        raise Stop(Exit.UNREACHABLE, str(error)) from error
    if as_json:
        print_json([_as_json(settings, each) for each in measured])
        return
    for each in measured:
        OUT.print(f"model server {each.url}")
        OUT.print(measurement_table(each))
        for line in advice(settings.model_server, each):
            OUT.print(line)


def _measured(settings: Settings, url: str) -> Measurement:
    say(f"measuring {url}: one analysis first, so that the model is loaded …")
    last: Measurement | None = None
    for last in measure(settings, url, _announce):
        step = last.steps[-1]
        say(f"  {step.parallel} at once: {step.per_minute:.1f} chains a minute")
    assert last is not None  # noqa: S101 - the first step is always made
    return last


def _announce(begun: Measurement) -> None:
    least_s, most_s = (human_duration(seconds) for seconds in begun.expected_s)
    say(f"  it took {begun.first_s:.1f} s; the measurement takes about {least_s} to {most_s}")


def _as_json(settings: Settings, found: Measurement) -> dict[str, object]:
    return {
        "url": found.url,
        "first_s": round(found.first_s, 3),
        "steps": [step.as_json() for step in found.steps],
        "best_parallel": found.best.parallel,
        "advice": advice(settings.model_server, found),
    }


def measurement_table(found: Measurement) -> Table:
    """Return one line a step."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("parallel", "chains a minute", "p50 s", "max s", "time-outs", "refused", "unusable", "memory"):
        table.add_column(name, justify="right", no_wrap=True)
    for step in found.steps:
        table.add_row(*_cells(step), style="bold" if step is found.best else "")
    return table


def _cells(step: Step) -> list[str]:
    data = step.as_json()
    seconds = [f"{data[name]:.1f}" if data[name] is not None else "-" for name in ("p50_s", "max_s")]
    counts = [str(count) for count in (step.timed_out, step.refused, step.unusable)]
    memory = human_bytes(step.memory_bytes) if step.memory_bytes is not None else "?"
    return [str(step.parallel), f"{step.per_minute:.1f}", *seconds, *counts, memory]
