"""Records that nobody should have published, and what must become of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kafka import KafkaConsumer, KafkaProducer

from schemas import wire
from tests.acceptance.chaos.stage import Stage
from tests.ledgers import chain

_TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_PATIENCE_MS = 10_000


@dataclass(frozen=True)
class Poison:
    """A record's parts; `outcome` is how it has to end."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    outcome: str


def _chain_record(of: str, *headers: tuple[str, bytes]) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    made = chain(of)
    return made.chain_id.encode(), wire.encode(made), [("schema-version", b"1"), *headers]


def poisons() -> dict[str, Poison]:
    """Return one record of every kind by its name."""
    version = [("schema-version", b"1")]
    key, value, headers = _chain_record("unknown", ("x-theirs", b"\xff\xfe"), ("", b""))
    traced = [("traceparent", _TRACEPARENT), ("traceparent", b"nonsense"), ("tracestate", b"\x00")]
    key_2, value_2, headers_2 = _chain_record("traced", *traced)
    key_3, value_3, _ = _chain_record("later")
    return {
        "empty": Poison(b"empty", b"", version, "dead_lettered"),
        "not JSON": Poison(b"not-json", b"\x00\xff{", version, "dead_lettered"),
        "not a chain": Poison(b"not-a-chain", b'{"chain_id": 1}', version, "dead_lettered"),
        "unknown schema version": Poison(key_3, value_3, [("schema-version", b"99")], "dead_lettered"),
        "no headers": Poison(b"bare", value_3, [], "dead_lettered"),
        "5 MB": Poison(b"large", b'{"chain_id": "' + b"x" * 5_000_000 + b'"}', version, "dead_lettered"),
        "unknown headers": Poison(key, value, headers, "stored"),
        "duplicate traceparent": Poison(key_2, value_2, headers_2, "stored"),
        "tombstone": Poison(b"gone", None, [], "deleted"),
        "tombstone of nobody": Poison(b"\xff" * 90, None, [("chain-revision", b"x")], "deleted"),
    }


def publish(stage: Stage, records: Mapping[str, Poison]) -> dict[str, str]:
    """Put *records* on the backlog topic past our own producer; return their coordinates by name."""
    producer = KafkaProducer(
        bootstrap_servers=stage.settings.kafka_bootstrap, compression_type="zstd", max_request_size=8_000_000
    )
    found = {}
    try:
        for name, record in records.items():
            sent = producer.send(
                stage.settings.backlog_topic, key=record.key, value=record.value, headers=list(record.headers)
            ).get(timeout=30)
            found[name] = f"{sent.topic}/{sent.partition}/{sent.offset}"
    finally:
        producer.close()
    stage.sent += len(records)
    return found


def dead_letters(stage: Stage, count: int) -> dict[str, tuple[bytes | None, dict[str, bytes]]]:
    """Return value and headers of the newest dead letter by its id, once *count* ids are there."""
    consumer = KafkaConsumer(
        stage.settings.dead_letter_topic,
        bootstrap_servers=stage.settings.kafka_bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=_PATIENCE_MS,
        max_partition_fetch_bytes=8_000_000,
    )
    found: dict[str, tuple[bytes | None, dict[str, bytes]]] = {}
    try:
        for record in consumer:
            found[record.key.decode()] = (record.value, dict(record.headers))
            if len(found) >= count:
                break
    finally:
        consumer.close()
    return found
