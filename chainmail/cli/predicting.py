"""`eval --predict`: what is found in each mail file, as lines that anybody's labels can score."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TextIO

from chainmail.cli.analysers import analyser_of
from chainmail.cli.mail_files import Problem, files_in, read_file
from chainmail.cli.speech import Exit, Stop, bar, say
from chainmail.settings import Settings
from consumer.analysis.analyser import ChainAnalyser
from consumer.analysis.by_code import CodeAnalyser
from consumer.evaluation.predict import prediction
from consumer.evaluation.running import analyse_or_rule
from producer.beside import beside, collecting_seldom, processes

_SHOWN = 20
#: Files that go to another process together; for fewer in all, none is started.
_BATCH, _WORTH = 25, 100


@dataclass(frozen=True, kw_only=True)
class Read:
    """What became of one file: a line, or why there is none; and whether the analyser answered usably."""

    path: Path
    line: str = ""
    problem: str = ""
    is_mail: bool = True
    is_usable: bool = True


@dataclass(kw_only=True)
class _Tally:
    written: int = 0
    bad: list[str] = field(default_factory=list)
    passed_over: int = 0
    unusable: int = 0


def predict_files(words: list[str], out: Path, settings: Settings) -> None:
    """Write a line for each mail among the files that *words* name.

    Raises:
        Stop: No file is named (2), the model does not answer (3), or some files are no mail (1, after all others).
    """
    paths = list(dict.fromkeys(path for word in words for path in files_in(word)))
    if not paths:
        raise Stop(Exit.USAGE, "no file is named: chainmail eval --predict FILES --out P.jsonl")
    folders = {folder for folder in map(Path, words) if folder.is_dir()}
    tally = _Tally()
    with out.open("w", encoding="utf-8") as target, bar("reading mail", len(paths)) as advance:
        for read in _reads(paths, settings):
            _note(read, target, tally, is_named=folders.isdisjoint(read.path.parents))
            advance(1)
    _report(tally, out)


def _note(read: Read, target: TextIO, tally: _Tally, *, is_named: bool) -> None:
    """Write the line of *read*; what lies in a folder and is no mail is passed over, what was named should be some."""
    if read.line:
        target.write(read.line + "\n")
        tally.written += 1
        tally.unusable += not read.is_usable
    elif read.is_mail or is_named:
        tally.bad.append(f"{read.path}: {read.problem}")
    else:
        tally.passed_over += 1


def _report(tally: _Tally, out: Path) -> None:
    for line in tally.bad[:_SHOWN]:
        say(line)
    if len(tally.bad) > _SHOWN:
        say(f"… and {len(tally.bad) - _SHOWN} more")
    if tally.unusable:
        say(f"{tally.unusable} mails without a usable answer of the model: what the rules say stands for them")
    if tally.passed_over:
        say(f"{tally.passed_over} files of the folders are no mail and were passed over")
    say(f"{tally.written} mails in {out}" + (f", {len(tally.bad)} files could not be read" if tally.bad else ""))
    if tally.bad:
        raise Stop(Exit.FAILURES)


def _reads(paths: list[Path], settings: Settings) -> Iterator[Read]:
    """Yield what becomes of each file, in their order."""
    if settings.model_server == "none":
        yield from _by_rules(paths)
        return
    with ExitStack() as opened:
        analyser = opened.enter_context(analyser_of(settings))
        pool = opened.enter_context(ThreadPoolExecutor(settings.in_flight))
        yield from pool.map(partial(read_one, analyser=analyser), paths)


def _by_rules(paths: list[Path]) -> Iterator[Read]:
    """Yield as `_reads`; many files are read by other processes as well, in batches."""
    if len(paths) < _WORTH or processes() < 1:
        yield from read_batch(paths)
        return
    batches = [paths[at : at + _BATCH] for at in range(0, len(paths), _BATCH)]
    here: dict[int, list[Read]] = {}
    with beside() as pool, collecting_seldom():
        futures = [pool.submit(read_batch, batch) for batch in batches]
        for at, future in enumerate(futures):
            while at not in here and not future.done():
                left = (other for other in range(at, len(futures)) if other not in here)
                later = next((other for other in left if futures[other].cancel()), None)
                if later is None:  # the rest is at work there
                    break
                here[later] = read_batch(batches[later])
            yield from here.pop(at) if at in here else future.result()


def read_batch(paths: Iterable[Path]) -> list[Read]:
    """Return what becomes of several files, by rules."""
    return [read_one(path, analyser=CodeAnalyser()) for path in paths]


def read_one(path: Path, *, analyser: ChainAnalyser) -> Read:
    """Return what becomes of one file; raises TransientError where the model server does not answer."""
    chain = read_file(path)
    if isinstance(chain, Problem):
        return Read(path=path, problem=chain.words, is_mail=chain.is_mail)
    analysis, is_usable = analyse_or_rule(chain, analyser)
    found = prediction(path.stem, chain.emails[0], analysis)
    return Read(path=path, line=json.dumps(found.line), is_usable=is_usable)
