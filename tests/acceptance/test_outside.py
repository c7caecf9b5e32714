"""Servers of the user's own in place of the embedded ones: a broker, a trace collector."""

from __future__ import annotations

import time
import uuid

from tests.acceptance.conftest import Chainmail
from tests.mailbox import write_folder
from tests.servers.collector import Collector
from tests.servers.fake_model import FakeModel


def test_run_uses_a_configured_broker_and_starts_none(
    chainmail: Chainmail, fake_model: FakeModel, kafka_bootstrap: str
) -> None:
    """A company with a Kafka of its own would get a second one beside it."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    own = {"CHAINMAIL_KAFKA_BOOTSTRAP": kafka_bootstrap, "CHAINMAIL_TOPIC": name, "CHAINMAIL_GROUP": name}
    mails = write_folder(chainmail.folder / "mails", 3)
    assert chainmail.json("run", str(mails), "--workers", "2", **own)["published"] == 3
    status = chainmail.json("status", **own)
    assert (status["stored"], status["unaccounted"], status["broker"]) == (3, 0, "reachable")
    assert not (chainmail.folder / "mail.db.home" / "kafka").exists()
    assert fake_model.call_count == 3


def test_run_sends_its_traces_to_a_collector_as_well(chainmail: Chainmail) -> None:
    """Who watches everything in one place would not see chainmail there."""
    mails = write_folder(chainmail.folder / "mails", 1)
    with Collector() as collector:
        chainmail.run("run", str(mails), "--workers", "1", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    kept = chainmail.json("trace", "0.0@acme.example")
    sent = {name for trace_id, name in collector.spans if trace_id == kept["trace_id"]}
    assert sent == {span["name"].split(" ")[0] for span in kept["spans"]}
    assert sent >= {"ingest", "send", "process", "chat", "store", "commit"}


def test_run_does_its_work_while_the_collector_is_away(chainmail: Chainmail) -> None:
    """Telemetry that is down would take the work with it, or hold up its end."""
    mails = write_folder(chainmail.folder / "mails", 1)
    begun_s = time.monotonic()
    chainmail.run("run", str(mails), "--workers", "1", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert chainmail.json("status")["stored"] == 1
    assert chainmail.json("trace", "0.0@acme.example")["spans"]
    print(f"with a dead collector: {time.monotonic() - begun_s:.0f} s")
