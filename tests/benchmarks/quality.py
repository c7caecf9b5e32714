"""The figures of the rules alone on every labelled set, into docs/analysis-quality.md.

Run: python -m tests.benchmarks.quality ../shared/corpora   (prints the tables and puts them into the page; minutes)
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from chainmail.cli.labelled import SetName, Wanted, load
from consumer.analysis.by_code import CodeAnalyser
from consumer.evaluation.cases import LabelledSet
from consumer.evaluation.items import Half
from consumer.evaluation.report import Report, System, markdown, report, system
from consumer.evaluation.running import majority, run

PAGE = Path(__file__).parents[2] / "docs" / "analysis-quality.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_FOLDERS = {
    SetName.ENRON_CATEGORIES: "enron_berkeley_labelled",
    SetName.PARAKWEET: "quality/parakweet-intent",
    SetName.BIPIA: "quality/bipia-emailqa",
}
_PARTS: tuple[tuple[str, Half | None, int | None], ...] = (
    ("rules, all", None, None),
    ("rules, the first 150", None, 1),
    ("rules, tune half", "tune", None),
    ("rules, held-out half", "held_out", None),
)


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path)
    tables = "\n".join(markdown(found).replace("## ", "### ", 1) for found in reports(parser.parse_args().corpora))
    print(tables)
    page = PAGE.read_text("utf-8")
    written = re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n\n{tables}\n{END}", page, flags=re.DOTALL)
    PAGE.write_text(written, "utf-8")


def reports(corpora: Path) -> Iterator[Report]:
    """Yield a report a set, the rules first."""
    yield own_labels(corpora / "enron_berkeley_labelled")
    yield _both(load(Wanted(name=SetName.DEMO, mail=None)))
    for name, folder in _FOLDERS.items():
        yield _both(load(Wanted(name=name, mail=corpora / folder)))


def own_labels(mail: Path) -> Report:
    """Return the rules on our own labels, and on parts of them: readers were tuned on one half alone."""
    parts = {name: load(Wanted(name=SetName.ENRON, mail=mail, half=half, draw=draw)) for name, half, draw in _PARTS}
    both = parts["rules, all"]
    systems = [_ruled(chosen, name) for name, chosen in parts.items()]
    return report(both, [*systems, _most_frequent(both)])


def _both(chosen: LabelledSet) -> Report:
    return report(chosen, [_ruled(chosen, "rules"), _most_frequent(chosen)])


def _ruled(chosen: LabelledSet, name: str) -> System:
    return system(name, run(chosen, CodeAnalyser(), lambda _: None).scores, on_metric=lambda *_: None)


def _most_frequent(chosen: LabelledSet) -> System:
    return system("most frequent answer", majority(chosen), on_metric=lambda *_: None)


if __name__ == "__main__":
    main()
