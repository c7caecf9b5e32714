"""What an evaluation came to: one set, several systems side by side, as JSON for programs and Markdown for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from pydantic import AwareDatetime, Field

from consumer.evaluation.cases import LabelledSet
from consumer.evaluation.metrics import Confusion, confusion, metrics_of
from consumer.evaluation.sampling import Estimate, estimate
from consumer.evaluation.scoring import CaseScore
from schemas.analysis import ModelUse, Priority
from schemas.chain import Frozen

#: Is told how many metrics were estimated, of how many.
OnMetric = Callable[[int, int], None]


class System(Frozen):
    """One way of analysing: how it did on each case, and the figures over them."""

    name: str
    server: str = ""
    model_digest: str = ""
    prompt_version: str = ""
    failed: int = Field(default=0, description="Cases without a usable answer: what the rules say was scored.")
    metrics: dict[str, Estimate] = Field(default_factory=dict)
    confusion: Confusion = Field(default=(), description="[labelled][answered], from low to critical.")
    scores: tuple[CaseScore, ...] = ()


class Report(Frozen):
    """One set and the systems that were tried on it; the first is the one under test."""

    set_name: str
    cases: int
    made_at: AwareDatetime
    notes: tuple[str, ...] = ()
    systems: tuple[System, ...]


def system(
    name: str, scores: Sequence[CaseScore], *, use: ModelUse | None = None, failed: int = 0, on_metric: OnMetric
) -> System:
    """Return the figures of *scores*, with intervals; it takes seconds where cases are thousands."""
    metrics = metrics_of(scores)
    found: dict[str, Estimate] = {}
    for done, (metric_name, metric) in enumerate(metrics.items(), 1):
        found[metric_name] = estimate(metric, _concerned(metric_name, scores))
        on_metric(done, len(metrics))
    return System(
        name=name,
        server=use.server if use else "",
        model_digest=use.model_digest if use else "",
        prompt_version=use.prompt_version if use else "",
        failed=failed,
        metrics=found,
        confusion=confusion(scores) if any(score.priority for score in scores) else (),
        scores=tuple(scores),
    )


def _concerned(name: str, scores: Sequence[CaseScore]) -> Sequence[CaseScore]:
    """Return the scores of which a share can say anything: a set may ask other things of other cases."""
    return [score for score in scores if name.removesuffix(" right") in score.shares] or scores


def report(labelled: LabelledSet, systems: Iterable[System]) -> Report:
    """Return the report of *systems* on *labelled*."""
    return Report(
        set_name=labelled.name,
        cases=len(labelled.cases),
        made_at=datetime.now(UTC),
        notes=labelled.notes,
        systems=tuple(systems),
    )


def markdown(found: Report) -> str:
    """Return *found* as a section of Markdown: a table of figures, then how the priorities fell."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Report) -> Iterator[str]:
    yield f"## {found.set_name}: {found.cases} cases"
    yield ""
    yield from (f"{note}\n" for note in found.notes)
    yield "| | " + " | ".join(one.name for one in found.systems) + " |"
    yield "|---" * (1 + len(found.systems)) + "|"
    for name in dict.fromkeys(name for one in found.systems for name in one.metrics):
        cells = (_cell(one.metrics.get(name)) for one in found.systems)
        yield f"| {name} | " + " | ".join(cells) + " |"
    yield ""
    yield "In brackets: 95 % intervals, by drawing the cases 1,000 times again; a dash: nothing to measure."
    for one in found.systems:
        if one.failed:
            yield f"{one.name}: {one.failed} cases without a usable answer; what the rules say was scored for them."
    tested = found.systems[0]
    if tested.confusion:
        yield from ("", *_confusion(tested))


def _cell(found: Estimate | None) -> str:
    if found is None or found.value is None:
        return "-"
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.2f} to {found.high:.2f})"


def _confusion(tested: System) -> Iterator[str]:
    yield f"Priorities by {tested.name}, labelled (rows) and answered (columns):"
    yield ""
    yield "| | " + " | ".join(Priority) + " |"
    yield "|---" * (1 + len(Priority)) + "|"
    for level, row in zip(Priority, tested.confusion, strict=True):
        yield f"| {level} | " + " | ".join(map(str, row)) + " |"
