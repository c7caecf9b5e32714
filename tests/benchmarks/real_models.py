"""Real mail through a real model server: what stands, what was usable at first, what the prefix cache saved.

Prints, over chains spread over a folder: records and dead letters, answers valid at first with the causes of the
others, claims dropped, what the independent checker finds unborne (must be 0), the share of calls that found the
prompt's prefix in the cache by the server's own count, and tokens and seconds.

Run: python -m tests.benchmarks.real_models FOLDER [--server embedded|ollama] [--chains N]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chainmail.local import model_server as embedded
from chainmail.local.cache import silent
from chainmail.settings import load
from consumer.analysis.analyse import Analyser
from consumer.analysis.models.select import model_server
from consumer.analysis.prompt import system_part
from consumer.analysis.tokens import tokens_of
from consumer.errors import PermanentError
from consumer.meter import FAILURES, Meter
from schemas.analysis import Analysis
from schemas.chain import Chain
from tests.independent_checker import faults
from tests.mail_files import chains_of, emails_of
from tests.servers import ollama

_OUTPUT_TOKENS = 400
#: A call whose cache held this share of the system part has found it: the estimate of tokens is rather too high.
_MOST_OF_IT = 0.7


@dataclass
class Tally:
    """What came of the chains so far."""

    counts: Counter[str] = field(default_factory=Counter)
    unborne: list[str] = field(default_factory=list)
    seconds: float = 0.0
    analyses: list[Analysis] = field(default_factory=list)


def main() -> None:
    """Ask, and print the figures after every tenth chain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server", choices=("embedded", "ollama"), default="embedded")
    parser.add_argument("--chains", type=int, default=30)
    arguments = parser.parse_args()
    tally, meter = Tally(), Meter()
    with analyser_of(arguments.server, meter) as analyser:
        for number, chain in enumerate(spread(arguments.folder, arguments.chains), 1):
            analyse(analyser, chain, tally)
            if number % 10 == 0 or number == arguments.chains:
                print(*lines(tally, meter.amounts()), sep="\n", flush=True)


@contextmanager
def analyser_of(server: str, meter: Meter) -> Iterator[Analyser]:
    """Yield an analyser that asks a server of this run, which ends with the block."""
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        if server == "ollama":
            url = opened.enter_context(ollama.ollama(home, parallel=1))
            settings = load(
                model_server="ollama",
                model=ollama.MODEL,
                model_context_tokens=1_600,
                model_output_tokens=_OUTPUT_TOKENS,
            )
        else:
            process, url = embedded.start(home, 1, silent)
            opened.callback(process.stop)
            settings = load(model_server="embedded", model_output_tokens=_OUTPUT_TOKENS)
        analyser = Analyser(model_server(settings, url, meter=meter), settings, meter=meter)
        opened.callback(analyser.close)
        yield analyser


def spread(folder: Path, count: int) -> list[Chain]:
    """Return *count* chains spread over those of *folder*."""
    chains = chains_of(emails_of(path.read_bytes() for path in sorted(folder.rglob("*.txt")) if path.is_file()))
    return chains[:: max(1, len(chains) // count)][:count]


def analyse(analyser: Analyser, chain: Chain, tally: Tally) -> None:
    """Analyse one chain, and look at what came of it."""
    began_s = time.monotonic()
    try:
        analysis = analyser.analyse(chain)
    except PermanentError:
        tally.counts["dead letters"] += 1
        return
    finally:
        tally.seconds += time.monotonic() - began_s
    tally.analyses.append(analysis)
    tally.counts["records"] += 1
    tally.unborne += faults(chain, analysis)
    tally.counts.update({f"dropped {name}": count for name, count in analysis.dropped.items()})


def lines(tally: Tally, amounts: dict[str, float]) -> Iterator[str]:
    """Yield the figures."""
    chains = tally.counts["records"] + tally.counts["dead letters"]
    causes = {name.removeprefix(FAILURES): int(count) for name, count in amounts.items() if FAILURES in name and count}
    system_tokens = tokens_of(system_part())
    held = sum(
        each.model_use.cached_tokens >= each.model_use.calls * system_tokens * _MOST_OF_IT for each in tally.analyses
    )
    yield f"{chains} chains, {tally.seconds / chains:.1f} s each: {dict(tally.counts)}"
    yield f"unborne claims: {len(tally.unborne)} {tally.unborne[:5]}"
    yield f"valid at first: {amounts['first_answers_valid']:.0f} of {amounts['first_answers']:.0f}; causes {causes}"
    yield (
        f"tokens in {amounts['input_tokens']:.0f}, of them cached {amounts['cached_tokens']:.0f}; "
        f"out {amounts['output_tokens']:.0f}; records with a warm prefix: {held} of {len(tally.analyses)}"
    )


if __name__ == "__main__":
    main()
