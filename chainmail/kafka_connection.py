"""What all Kafka clients share: how they connect, what their errors mean, what a record is to us."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from chainmail.records import BrokerUnreachableError, Partition, Record, RecordTooLargeError
from chainmail.settings import Settings

#: How long to look for a broker before saying that there is none.
BOOTSTRAP_TIMEOUT_S = 10.0
#: A broker that was restarted is found again within this; the client's own 30 s would cost the membership.
_RECONNECT_MS = 1_000

# The client reports every lost connection at ERROR with a stack; we say it once, in words.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turn the client library's errors into ours, with the address in the words."""
    try:
        yield
    except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
        raise RecordTooLargeError(f"more bytes than Kafka takes in one record ({error})") from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnreachableError(
            f"no answer from Kafka at {settings.kafka_bootstrap or '(not set)'} ({type(error).__name__}: {error}): "
            "start it, or set CHAINMAIL_KAFKA_BOOTSTRAP"
        ) from error


def connection(settings: Settings) -> dict[str, Any]:
    """Return the arguments with which every client connects."""
    given: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap.split(","),
        "bootstrap_timeout_ms": int(BOOTSTRAP_TIMEOUT_S * 1000),
        "client_id": "chainmail",
        "reconnect_backoff_max_ms": _RECONNECT_MS,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_sasl_mechanism:
        given |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        }
    if settings.kafka_ssl_cafile:
        given["ssl_cafile"] = settings.kafka_ssl_cafile
    return given


def record_of(raw: Any) -> Record:
    """Return the client library's record as ours."""
    return Record(
        partition=Partition(raw.topic, raw.partition),
        offset=raw.offset,
        published_at=datetime.fromtimestamp(raw.timestamp / 1000, UTC),
        key=raw.key,
        headers=tuple(raw.headers),
        value=raw.value,
    )
