"""One call for record and story together, or two: tokens and seconds a chain, and what was unusable at first, by cause.

Asks a real model of chains of a folder, half of which deserve a story, or of those of the demo mailbox.
Every chain is asked both ways, in turns, so that other work on the machine falls on both.

Run: python tests/benchmarks/one_or_two_calls.py [FOLDER] [--url URL --model NAME --server ollama|openai] [--chains N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from chainmail.local import model_server as embedded
from chainmail.local.cache import silent
from chainmail.settings import load
from consumer.analysis.answers import Draft, UnusableAnswerError, drafted
from consumer.analysis.calls import Calls
from consumer.analysis.models.select import model_server
from consumer.analysis.models.server import ModelServer, RawCompletion
from consumer.analysis.narrative import LEAST_CHARS, cleaned, deserves, joined
from consumer.analysis.prompt import chain_prompt, narrative_part
from consumer.analysis.reading import Reading, read
from consumer.analysis.wire import RECORD_TOKENS, narrative_schema, wire_schema
from schemas.completion import Completion, NarrativeCompletion
from tests.mail_files import chains_of, emails_of

CONTEXT_TOKENS, STORY_TOKENS = 4_000, 1_200
#: So many mails are read for each chain that is asked about.
_MAILS_A_CHAIN = 20
_BOTH_TOKENS = RECORD_TOKENS + STORY_TOKENS
_BOTH = "Behind the fields of the record, in the same JSON object and under `story`:\n"


@dataclass
class Tally:
    """What one way of asking took and gave."""

    answers: list[list[RawCompletion]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    story_chars: list[int] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Return the figures in one row."""
        flat = [answer for chain in self.answers for answer in chain]
        count = len(self.answers)
        outputs = sorted(answer.output_tokens for answer in flat)
        records, stories = (
            sorted(chain[at].output_tokens for chain in self.answers if at < len(chain)) or [0] for at in (0, 1)
        )
        seconds = sum(answer.total_s for answer in flat) / count
        read_s = sum(answer.prompt_s for answer in flat) / count
        full = sum(chars >= LEAST_CHARS for chars in self.story_chars)
        return (
            f"{name}: {count} chains, {len(flat) / count:.2f} calls, {seconds:.1f} s a chain (reading {read_s:.1f} s), "
            f"{sum(answer.input_tokens for answer in flat) / count:.0f} tokens in, "
            f"{sum(answer.cached_tokens for answer in flat) / count:.0f} of them cached, "
            f"{sum(outputs) / count:.0f} out; first answers median {statistics.median(records):.0f}, "
            f"p99 {_p99(records)}, stories median {statistics.median(stories):.0f}, p99 {_p99(stories)}; "
            f"records usable at first {count - self.faults.total()}/{count} {dict(self.faults)}; "
            f"stories {len(self.story_chars)}, of full length {full}, "
            f"median {statistics.median(self.story_chars or [0]):.0f} characters"
        )


def _p99(counts: list[int]) -> int:
    return counts[int(len(counts) * 0.99)]


def main() -> None:
    """Ask, and print one row a way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--url")
    parser.add_argument("--server", default="openai")
    parser.add_argument("--model", default="")
    parser.add_argument("--chains", type=int, default=10)
    arguments = parser.parse_args()
    one, two = Tally(), Tally()
    with _server(arguments) as server:
        for reading in _readings(arguments.folder, arguments.chains):
            _in_one(server, reading, one)
            _in_two(server, reading, two)
            print(one.line("one call "), two.line("two calls"), sep="\n", flush=True)


@contextmanager
def _server(arguments: argparse.Namespace) -> Iterator[ModelServer]:
    if arguments.url:
        settings = load(model_server=arguments.server, model=arguments.model, model_context_tokens=CONTEXT_TOKENS)
        yield model_server(settings, arguments.url)
        return
    with tempfile.TemporaryDirectory() as home:
        process, url = embedded.start(Path(home), 1, silent)
        try:
            yield model_server(load(model_server="embedded"), url)
        finally:
            process.stop()


def _readings(folder: Path | None, most: int) -> list[Reading]:
    """Return chains of *folder* spread over it, half of them worth a story; without one those of the demo mailbox."""
    if folder is None:
        demo = resources.files("chainmail.local") / "demo_mailbox" / "mails"
        return list(map(read, chains_of(emails_of(file.read_bytes() for file in demo.iterdir()))))[:most]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = files[:: max(1, len(files) // (_MAILS_A_CHAIN * most))]
    read_all = list(map(read, chains_of(emails_of(path.read_bytes() for path in files))))
    kinds = ([each for each in read_all if _tells(each)], [each for each in read_all if not _tells(each)])
    return [each for pair in zip(*kinds, strict=False) for each in pair][:most]


def _tells(reading: Reading) -> bool:
    return deserves(reading, reading.ruled.priority)


def _calls(server: ModelServer, reading: Reading, answer_tokens: int) -> Calls:
    prompt_tokens = CONTEXT_TOKENS - answer_tokens - 64
    prompt = chain_prompt(reading.chain, prompt_tokens, passages=reading.passages, last=narrative_part())
    return Calls(server, prompt, "bench")


def _in_one(server: ModelServer, reading: Reading, tally: Tally) -> None:
    """Ask for record and story in one answer, of every chain: which of them deserves a story is not known before."""
    calls = _calls(server, reading, _BOTH_TOKENS)
    raw = calls.ask(_both_schema, _BOTH_TOKENS, last=_BOTH + narrative_part().partition("\n")[2])
    tally.answers.append(calls.answers)
    draft = _judged(raw, tally)
    if draft is not None:
        story = json.loads(raw.text)["story"] if raw.finish == "stop" else {}
        _told(story, draft, tally)


def _in_two(server: ModelServer, reading: Reading, tally: Tally) -> None:
    calls = _calls(server, reading, STORY_TOKENS)
    draft = _judged(calls.ask(wire_schema, RECORD_TOKENS), tally)
    if _tells(reading):
        raw = calls.ask(narrative_schema, STORY_TOKENS, last=narrative_part())
        try:
            _told(drafted(raw, NarrativeCompletion).values, draft, tally)
        except UnusableAnswerError:
            tally.story_chars.append(0)
    tally.answers.append(calls.answers)


def _both_schema(tokens: int) -> dict[str, Any]:
    record, story = wire_schema(min(tokens, RECORD_TOKENS)), narrative_schema(STORY_TOKENS)
    properties = {**record["properties"], "story": story}
    return {**record, "properties": properties, "required": list(properties)}


def _judged(raw: RawCompletion, tally: Tally) -> Draft | None:
    """Return the draft, and count why the answer could not be used as it was."""
    try:
        draft = drafted(raw, Completion, wire_schema(RECORD_TOKENS)["properties"])
    except UnusableAnswerError:
        tally.faults[raw.finish if raw.finish != "stop" else "no JSON"] += 1
        return None
    if raw.finish != "stop":
        tally.faults[raw.finish] += 1
    elif set(draft.faults) - {"next_step"}:
        tally.faults[" ".join(sorted(set(draft.faults.values())))] += 1
    return draft


def _told(sections: dict[str, str], draft: Draft | None, tally: Tally) -> None:
    summary = str(draft.values.get("summary", "")) if draft else ""
    tally.story_chars.append(len(joined(cleaned(sections, summary))))


if __name__ == "__main__":
    main()
