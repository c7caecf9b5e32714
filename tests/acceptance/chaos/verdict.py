"""What must hold after every fault: nothing lost, nothing stored twice, no call repeated that was not in flight."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Mapping

from sqlalchemy import func, select

from storage.outcomes import OutcomeKind
from storage.tables import AnalysisRow, OutcomeRow
from tests.acceptance.chaos.stage import Stage
from tests.acceptance.conftest import PROGRAM


def check(stage: Stage, expected: Mapping[str, int] | None = None) -> None:
    """Assert the promises of a stage at rest; *expected* are its outcomes (without: all stored)."""
    _every_record_ended_once(stage, expected)
    _every_offset_is_committed(stage)
    _nothing_is_stored_twice(stage)
    _it_reconciles(stage)
    assert repeats(stage) <= stage.repeats_allowed, (
        f"{repeats(stage)} repeated calls, {stage.repeats_allowed} in flight"
    )


def repeats(stage: Stage) -> int:
    """Return how many completions were asked for beyond one a chain, those that got a bad answer left out."""
    asked = Counter(call.chain for call in stage.model.calls if not call.fault)
    return sum(asked.values()) - len(asked)


def outcomes(stage: Stage) -> Counter[str]:
    """Return how many records ended how."""
    with stage.database.read() as connection:
        query = select(OutcomeRow.kind, func.count()).group_by(OutcomeRow.kind)
        return Counter({row.kind: row[1] for row in connection.execute(query)})


def _every_record_ended_once(stage: Stage, expected: Mapping[str, int] | None) -> None:
    ends = {partition: position.end for partition, position in stage.positions().items()}
    records = Counter((p.topic, p.number, offset) for p, end in ends.items() for offset in range(end))
    with stage.database.read() as connection:
        query = select(OutcomeRow.topic, OutcomeRow.partition, OutcomeRow.offset)
        ended = Counter((row.topic, row.partition, row.offset) for row in connection.execute(query))
    assert ended == records, f"without an outcome: {records - ended}; not a record: {ended - records}"
    found = outcomes(stage)
    if expected is None:
        assert set(found) <= {OutcomeKind.STORED.value}, found
    else:
        assert found == Counter(expected)


def _every_offset_is_committed(stage: Stage) -> None:
    for partition, position in stage.positions().items():
        assert (position.committed or 0) == position.end, f"{partition}: {position}"


def _nothing_is_stored_twice(stage: Stage) -> None:
    with stage.database.read() as connection:
        key = (AnalysisRow.chain_id, AnalysisRow.chain_hash, AnalysisRow.analyser_id)
        twice = connection.execute(select(*key).group_by(*key).having(func.count() > 1)).all()
        rows = connection.scalar(select(func.count()).select_from(AnalysisRow))
        stored = connection.scalars(
            select(OutcomeRow.analysis_id).where(OutcomeRow.kind == OutcomeKind.STORED.value)
        ).all()
    assert not twice
    assert None not in stored, "a stored record without its analysis"
    assert len(set(stored)) == len(stored) == rows, "an analysis that belongs to no record, or to two"


def _it_reconciles(stage: Stage) -> None:
    words = [PROGRAM, "status", "--json"]
    done = subprocess.run(words, env=stage.environment, cwd=stage.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    kinds = sum(status[kind.value] for kind in OutcomeKind)
    assert (status["unaccounted"], status["waiting"], status["in_flight"]) == (0, 0, 0), status
    assert status["published"] == kinds == stage.sent
