"""How long somebody waits: for a partition whose member died, for the others meanwhile, for a live mail."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Sequence

import psutil
from kafka import KafkaAdminClient

from chainmail.settings import Settings
from consumer.member import instance_id
from producer.counts import Counts
from producer.ingest import Ledger, ingest
from producer.publish import Outbox
from producer.sources.source import RawMail
from storage.outbox import Selection
from tests.acceptance.chaos import mixture, verdict
from tests.acceptance.chaos.stage import Stage
from tests.benchmarks import timeline
from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure
from tests.mailbox import mail
from tests.servers.fake_model import Call

CALL_S = 0.5
PARTITIONS = 4
_WATCHED_S = 10.0


def _backlog(stage: Stage, chains: int) -> None:
    stage.model.delay_s = CALL_S
    stage.publish_chains(chains)


def _apart(stage: Stage) -> list[subprocess.Popen[bytes]]:
    """Start four supervisors of one member each, as four hosts would, and wait until all four work."""
    supervisors = [stage.start(home=f"host-{number}", workers=1) for number in range(PARTITIONS)]
    stage.wait_for(lambda: stage.model.in_flight == PARTITIONS, "four calls at once")
    time.sleep(3.0)
    stage.wait_for(lambda: stage.model.in_flight == PARTITIONS, "four calls at once, still")
    return supervisors


def _struck(stage: Stage, member: psutil.Process) -> tuple[float, Call]:
    """`kill -9` a member in mid-call; return when, and the call that it had (its connection breaks)."""
    before = {id(call) for call in stage.model.calls if call.cancelled}
    killed_s = time.monotonic()
    member.kill()

    def cut() -> list[Call]:
        return [call for call in stage.model.calls if call.cancelled and id(call) not in before]

    return killed_s, stage.wait_for(cut, "a call was cut")[0]


def _moves_after_s(stage: Stage, killed_s: float, cut: Call) -> float:
    """Return how long after the kill the next call of the dead member's partition began."""
    home = timeline.home_of(cut, PARTITIONS)

    def next_calls() -> list[Call]:
        later = [call for call in stage.model.calls if call.started_s > killed_s]
        return [call for call in later if timeline.home_of(call, PARTITIONS) == home]

    found: list[Call] = stage.wait_for(next_calls, "its partition moves again")
    return found[0].started_s - killed_s


def _victim(stage: Stage, supervisor: subprocess.Popen[bytes]) -> psutil.Process:
    """Return a member of *supervisor* in the middle of a call, so that its partition can be told by what is cut."""
    calls = stage.model.calls
    newest = max(call.started_s for call in calls)
    stage.wait_for(lambda: stage.model.calls[-1].started_s > newest, "another call")
    time.sleep(CALL_S / 4)
    return stage.members(supervisor)[0]


def killed_alone(bench: Bench) -> list[Figure]:
    """A host dies: its member is gone, and nobody starts it again."""
    with bench.stage(workers=4, partitions=PARTITIONS) as stage:
        _backlog(stage, 240)
        supervisors = _apart(stage)
        supervisors[0].send_signal(signal.SIGSTOP)
        killed_s, cut = _struck(stage, _victim(stage, supervisors[0]))
        moved_s = _moves_after_s(stage, killed_s, cut)
        session_s = stage.settings.session_timeout_s
        supervisors[0].kill()
    words = f"kill -9 of one of 4, not started again (session timeout {session_s:g} s): its partition moves after"
    return [Figure(words, moved_s, "s", session_s + 1, "at most")]


def killed_and_restarted(bench: Bench) -> list[Figure]:
    """A member dies and its supervisor starts it again."""
    with bench.stage(workers=4, partitions=PARTITIONS) as stage:
        _backlog(stage, 160)
        supervisor = stage.start()
        stage.wait_for(lambda: stage.model.in_flight == PARTITIONS, "four calls at once")
        killed_s, cut = _struck(stage, _victim(stage, supervisor))
        moved_s = _moves_after_s(stage, killed_s, cut)
    return [Figure("kill -9 of one of 4, started again: its partition moves after", moved_s, "s", 3, "at most")]


def planned_stop(bench: Bench) -> list[Figure]:
    """One of four hosts is stopped in order: the others take over and nobody stands still."""
    with bench.stage(workers=4, partitions=PARTITIONS) as stage:
        _backlog(stage, 320)
        supervisors = _apart(stage)
        theirs = _partitions_of(stage, "host-0")
        stopped_s = time.monotonic()
        supervisors[0].send_signal(signal.SIGTERM)
        supervisors[0].wait(30)
        time.sleep(max(0.0, stopped_s + _WATCHED_S - time.monotonic()))
        calls = stage.model.calls
    window = timeline.Window(stopped_s, stopped_s + _WATCHED_S)
    stalls = {home: timeline.longest_stall_s(_of(calls, home), window) for home in range(PARTITIONS)}
    others = max(stall_s for home, stall_s in stalls.items() if home not in theirs)
    own = max(stall_s for home, stall_s in stalls.items() if home in theirs)
    idle_s = timeline.longest_below_s(calls, window, PARTITIONS - 1)
    return [
        Figure(
            "planned stop of one of 4: longest time without a call of one of the other members",
            idle_s,
            "s",
            2,
            "at most",
        ),
        Figure("… longest stall of another partition (two of the four share a member now)", others, "s", 2, "at most"),
        Figure("… of its own partition (the running call is finished first)", own, "s"),
    ]


def _of(calls: Sequence[Call], home: int) -> list[Call]:
    return [call for call in calls if timeline.home_of(call, PARTITIONS) == home]


def _partitions_of(stage: Stage, home: str) -> set[int]:
    """Return the partition numbers that the member of *home* holds, as the broker tells."""
    settings = Settings(**{**stage.settings.model_dump(exclude_unset=True), "home": stage.folder / home})
    wanted = instance_id(settings, 0)
    client = KafkaAdminClient(bootstrap_servers=stage.settings.kafka_bootstrap)
    try:
        group = client.describe_groups([stage.settings.group])[stage.settings.group]
    finally:
        client.close()
    (member,) = (each for each in group["members"] if each["group_instance_id"] == wanted)
    return {number for topic in member["member_assignment"]["assigned_partitions"] for number in topic["partitions"]}


def chaos(bench: Bench) -> list[Figure]:
    """1,000 records under a minute of mixed faults; what was lost or stored twice would end it with an error."""
    records, seconds, seed = 1_000, 60.0, 6
    settings = {"session_timeout_s": 4.0, "model_timeout_s": 3.0, "grace_s": 3.0, "in_flight": 2}
    with bench.stage(workers=4, partitions=PARTITIONS, **settings) as stage:
        _backlog(stage, records)
        stage.start()
        stage.wait_busy()
        struck = mixture.play(stage, seed, seconds, lambda line: print(f"    {line}", flush=True))
        ended = verdict.outcomes(stage)
        repeats, allowed = verdict.repeats(stage), stage.repeats_allowed
    return [
        Figure(f"{records:,} records under {seconds:.0f} s of mixed faults (seed {seed}): faults", struck, digits=0),
        Figure("… records lost", records - ended.total(), "", 0, "exactly", digits=0),
        Figure("… analyses stored twice", max(0, ended["stored"] - records), "", 0, "exactly", digits=0),
        Figure("… dead letters", ended["dead_lettered"], digits=0),
        Figure("… calls repeated, of what was in flight", repeats, "", allowed, "at most", digits=0),
    ]


def live_lane(bench: Bench) -> list[Figure]:
    """Live mail behind a backlog of 1,000 records."""
    with bench.stage(workers=4, partitions=PARTITIONS) as stage:
        _backlog(stage, 1_000)
        stage.start()
        stage.wait_for(lambda: stage.model.in_flight == PARTITIONS, "four calls at once")
        published_s = _publish_live(stage, count=50, every_s=0.43)
        wanted = set(published_s)
        started_s = stage.wait_for(lambda: _started(stage, wanted), "the last live call")
    waits_s = [started_s[number] - at_s for number, at_s in published_s.items()]
    return [
        Figure(
            "live record behind 1,000 of backlog, calls of 0.5 s: its call starts after, p50",
            timeline.percentile(waits_s, 0.5),
            "s",
        ),
        Figure("… p95", timeline.percentile(waits_s, 0.95), "s", 0.7, "at most"),
    ]


def _publish_live(stage: Stage, *, count: int, every_s: float) -> dict[int, float]:
    """Publish live mails one by one; return when, by their numbers (taken before they are handed over)."""
    found: dict[int, float] = {}
    with stage.publisher() as publisher:
        outbox = Outbox(stage.database, publisher, stage.settings, stage.ledger_id)
        for number in range(20_000, 20_000 + count):
            raw = RawMail(f"live-{number}", mail(number))
            for _taken in ingest(Ledger(stage.database, stage.settings.topic, Counts()), [raw]):
                pass
            found[number] = time.monotonic()
            stage.sent += sum(outbox.publish(Selection()))
            time.sleep(every_s)
    return found


def _started(stage: Stage, numbers: set[int]) -> dict[int, float]:
    """Return when the calls of *numbers* began, once all have; empty before."""
    found = {timeline.number_of(call): call.started_s for call in stage.model.calls}
    return {number: found[number] for number in numbers} if numbers <= found.keys() else {}
