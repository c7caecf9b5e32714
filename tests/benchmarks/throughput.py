"""How many analyses come out: members, slots, our own cost a record, what is stored already, calls that last."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert

from chainmail.kafka import Admin
from chainmail.settings import Settings
from consumer.analysis.analyse import Analyser
from consumer.analysis.models.select import model_server
from consumer.analysis.models.server import Capabilities, Finish, ModelIdentity, Prompt, RawCompletion
from schemas import wire
from schemas.chain import Chain
from storage import analyses, workers
from storage.tables import OutcomeRow
from tests.acceptance.chaos import verdict
from tests.acceptance.chaos.stage import Stage
from tests.benchmarks import timeline
from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure
from tests.ledgers import analysis, chain
from tests.mail_files import chains_of, emails_of
from tests.mailbox import mail
from tests.servers.fake_answer import answer_to
from tests.servers.fake_model import Call

CALL_S = 0.5
PARTITIONS = 4
_WARM = 50


def _calls(stage: Stage, chains: int, *, delay_s: float) -> list[Call]:
    """Let *stage* analyse *chains* records and return the calls."""
    stage.model.delay_s = delay_s
    stage.publish_chains(chains)
    stage.start()
    stage.settle(timeout_s=180)
    stage.stop()
    verdict.check(stage)
    return stage.model.calls


def _rates(bench: Bench, *, members: int, in_flight: int, chains: int) -> tuple[float, float]:
    """Return calls a second and utilisation, with a slot for each call at once, while all partitions had work."""
    slots = members * in_flight
    with bench.stage(workers=members, partitions=PARTITIONS, in_flight=in_flight) as stage:
        stage.model.slots = slots
        calls = _calls(stage, chains, delay_s=CALL_S)
    window = timeline.full_window(calls, partitions=PARTITIONS, at_once=slots)
    return timeline.rate(calls, window), timeline.utilisation(calls, window, slots)


def members(bench: Bench) -> list[Figure]:
    """4 members against 1, on a server of 4 slots."""
    one, _ = _rates(bench, members=1, in_flight=1, chains=28)
    four, busy = _rates(bench, members=4, in_flight=1, chains=112)
    return [
        Figure("4 members against 1: speed-up", four / one, "x", 3.9),
        Figure("4 members: utilisation of the model's 4 slots", busy * 100, "%", 97, digits=1),
    ]


def in_flight(bench: Bench) -> list[Figure]:
    """4 members x 8 in flight against one at a time."""
    one, _ = _rates(bench, members=1, in_flight=1, chains=28)
    many, busy = _rates(bench, members=4, in_flight=8, chains=640)
    return [
        Figure("4 members x 8 in flight against 1 x 1: speed-up", many / one, "x", 30, digits=1),
        Figure("4 x 8: utilisation of the model's 32 slots", busy * 100, "%", digits=1),
    ]


def own_cost(bench: Bench) -> list[Figure]:
    """From the end of a call to the start of the next on one member, less what the analysis itself takes there."""
    with bench.stage(workers=1) as stage:
        calls = _calls(stage, 600, delay_s=0.0)[_WARM:]
    gaps_ms = [1_000 * gap_s for gap_s in timeline.gaps_s(calls)]
    reading_ms = _analysis_ms(bench.settings)
    seconds = (calls[-1].ended_s or 0.0) - calls[0].started_s
    p50, p99 = (timeline.percentile(gaps_ms, share) for share in (0.5, 0.99))
    return [
        Figure("between two calls of a member, p50", p50, "ms", digits=1),
        Figure(
            "… of it readers, prompt and evidence (measured apart, in this process), p50", reading_ms, "ms", digits=1
        ),
        Figure("own cost a record, p50", p50 - reading_ms, "ms", 5, "at most", digits=1),
        Figure("own cost a record, p99", p99 - reading_ms, "ms", 25, "at most", digits=1),
        Figure("records a second of one member, model without delay", len(calls) / seconds, "/s", 150, digits=0),
        Figure(
            "… of it the fake model's own time, p50", 1_000 * timeline.percentile(_took_s(calls), 0.5), "ms", digits=1
        ),
    ]


def _took_s(calls: Sequence[Call]) -> Iterator[float]:
    return ((call.ended_s or call.started_s) - call.started_s for call in calls)


class _InstantModel:
    """Answers as the fake server does, without a connection; notes how long that took."""

    provider, name = "instant", "instant"
    options: Mapping[str, Any] = {}

    def __init__(self) -> None:
        self.took_s = 0.0

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:  # noqa: ARG002 - the protocol's
        started_s = time.perf_counter()
        text = answer_to({"messages": prompt.messages, "format": dict(schema)})
        finish: Finish = "stop"
        self.took_s = time.perf_counter() - started_s
        return RawCompletion(text=text, finish=finish, input_tokens=1, output_tokens=1, total_s=0.0)

    def identity(self) -> ModelIdentity:
        return ModelIdentity(server="instant", model="instant", digest="0")

    def capabilities(self) -> Capabilities:
        return Capabilities(schema=True, logprobs=False)

    def probe(self) -> None:
        """Be well."""

    def close(self) -> None:
        """Hold nothing."""


def _analysis_ms(settings: Settings) -> float:
    """Return what `Analyser.analyse` takes for a chain of the bench, without the model, p50."""
    model = _InstantModel()
    analyser = Analyser(model, settings)
    took_ms = []
    for made in chains_of(emails_of(mail(number) for number in range(200))):
        started_s = time.perf_counter()
        analyser.analyse(made)
        took_ms.append(1_000 * (time.perf_counter() - started_s - model.took_s))
    return timeline.percentile(took_ms[_WARM:], 0.5)


def stored_already(bench: Bench) -> list[Figure]:
    """Records that have an outcome, delivered again; and new records of chains that are analysed."""
    redelivered, duplicates = 8_000, 2_000
    with bench.stage(workers=1, partitions=PARTITIONS) as stage:
        made = [chain(f"again-{number}") for number in range(redelivered)]
        ended = [_outcome(stage, of, at) for of, at in zip(made, _publish(stage, made), strict=True)]
        with stage.database.write() as connection:
            connection.execute(insert(OutcomeRow), ended)
        again = _committed_a_second(stage)
        assert stage.model.call_count == 0
    with bench.stage(workers=1, partitions=PARTITIONS) as stage:
        made = [chain(f"same-{number}") for number in range(duplicates)]
        with stage.database.write() as connection:
            _analyse_all(connection, stage.settings, made)
        _publish(stage, made)
        same = _committed_a_second(stage)
        assert verdict.outcomes(stage) == {"duplicate": duplicates}
    return [
        Figure("delivered again with its outcome stored, one member", again, "/s", 2_000, digits=0),
        Figure("new record of a chain that is analysed (an outcome row each), one member", same, "/s", digits=0),
    ]


def _publish(stage: Stage, made: Sequence[Chain]) -> list[tuple[int, int]]:
    """Put chains on the backlog topic past the outbox; return their partitions and offsets."""
    with stage.publisher() as publisher:
        sent = [
            publisher.send(
                stage.settings.backlog_topic,
                key=of.chain_id.encode(),
                value=wire.encode(of),
                headers=wire.headers_of_chain(of, ledger=stage.ledger_id, trace={}),
            )
            for of in made
        ]
        publisher.flush()
        return [acknowledged() for acknowledged in sent]


def _outcome(stage: Stage, of: Chain, at: tuple[int, int]) -> dict[str, Any]:
    coordinates = {"group_id": stage.settings.group, "topic": stage.settings.backlog_topic}
    place = {"partition": at[0], "offset": at[1], "chain_id": of.chain_id, "revision": of.revision}
    return {**coordinates, **place, "kind": "stored", "ended_at": datetime.now(UTC)}


def _analyse_all(connection: Connection, settings: Settings, made: Sequence[Chain]) -> None:
    """Store an analysis of the present analyser for every chain."""
    server = model_server(settings)
    analyser_id = Analyser(server, settings).analyser_id
    server.close()
    for of in made:
        analyses.add(connection, analysis(of, analyser_id=analyser_id), chain_id=of.chain_id, trace_id=None)


def _committed_a_second(stage: Stage) -> float:
    """Start a member and return how fast the committed offsets grow, from their first step to the end."""
    admin = Admin(stage.settings)
    seen: list[tuple[float, int]] = []
    total = sum(position.end for position in admin.positions().values())
    stage.start()
    deadline_s = time.monotonic() + 120
    while not seen or seen[-1][1] < total:
        assert time.monotonic() < deadline_s, stage.logs()
        done = sum(position.committed or 0 for position in admin.positions().values())
        if done and (not seen or done > seen[-1][1]):
            seen.append((time.monotonic(), done))
        time.sleep(0.02)
    admin.close()
    stage.stop()
    (first_s, first), (last_s, last) = seen[0], seen[-1]
    return (last - first) / (last_s - first_s)


def long_calls(bench: Bench) -> list[Figure]:
    """Calls longer than `max.poll.interval`, both scaled down: 5 s and 2 s."""
    records = 8
    with bench.stage(workers=4, partitions=PARTITIONS, max_poll_interval_s=2.0, session_timeout_s=4.0) as stage:
        stage.model.delay_s = 5.0
        stage.publish_chains(records)
        stage.start()
        stage.wait_busy(calls=4)
        time.sleep(1.5)  # a beat, which tells of the first assignment
        before = _rebalances(stage)
        stage.settle(timeout_s=60)
        time.sleep(1.5)
        after = _rebalances(stage)
        stage.stop()
        verdict.check(stage)
        calls = stage.model.call_count
    return [
        Figure("calls of 5 s with a poll interval of 2 s: calls a record", calls / records, "", 1, "exactly"),
        Figure("… rebalances meanwhile", after - before, "", 0, "exactly", digits=0),
    ]


def _rebalances(stage: Stage) -> float:
    with stage.database.read() as connection:
        return sum(beat.counters["rebalances"] for beat in workers.beats(connection))
