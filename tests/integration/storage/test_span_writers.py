"""Two processes write spans at once, into a file that neither has made yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from chainmail.span_store import SpanReader

_WRITE = """
import sys
from pathlib import Path
from opentelemetry.trace import SpanKind
from chainmail import telemetry
from chainmail.span_store import SqliteSpanExporter
sys.stdin.read(1)
exporter = SqliteSpanExporter(Path(sys.argv[1]))
provider = telemetry.configure(sys.argv[2], [exporter])
for batch in range(20):
    for number in range(20):
        with telemetry.span("work", kind=SpanKind.INTERNAL, attributes={telemetry.CHAIN_ID: sys.argv[2]}):
            pass
    provider.force_flush()
provider.shutdown()
print(exporter.dropped)
"""


def test_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    """With several members, traces would have holes."""
    path = tmp_path / "traces.db"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITE, str(path), role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for role in ("one", "two")
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("!")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0].strip() for process in started] == ["0", "0"]
    with SpanReader(path) as reader:
        assert [len(reader.trace_ids_of_chain(role)) for role in ("one", "two")] == [400, 400]
        assert reader.dropped() == 0
