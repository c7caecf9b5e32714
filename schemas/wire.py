"""The bytes on the topics: encode and decode, with the schema version in a header.

Headers are a list of (name, bytes) because that is what Kafka keeps; a name may occur twice in
what other programs wrote, and then the last one counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from schemas.chain import Chain

SCHEMA_VERSION = "1"
CONTENT_TYPE = "application/json"

Headers = list[tuple[str, bytes]]


class DecodeError(ValueError):
    """A record is not a chain of a schema version that this program reads."""


class Head(Protocol):
    """What the headers of a record say of its chain."""

    @property
    def revision(self) -> int:
        """Which revision it is."""
        ...

    @property
    def chain_hash(self) -> str:
        """The hash of its content."""
        ...

    @property
    def newest_email_at(self) -> datetime | None:
        """When its newest email was sent."""
        ...


def headers_of_chain(chain: Head, *, ledger: str, trace: Mapping[str, str]) -> Headers:
    """Return the record headers of *chain*; *trace* is W3C context (`traceparent`, `tracestate`)."""
    newest_at = chain.newest_email_at.isoformat() if chain.newest_email_at else ""
    fields = {
        "schema-version": SCHEMA_VERSION,
        "content-type": CONTENT_TYPE,
        "ledger": ledger,
        "chain-revision": str(chain.revision),
        "chain-hash": chain.chain_hash,
        "newest-email-at": newest_at,
        **trace,
    }
    return [(name, value.encode()) for name, value in fields.items()]


def encode(chain: Chain) -> bytes:
    """Return the record value of *chain* (JSON, UTF-8); never longer than its text plus its structure."""
    return chain.model_dump_json(exclude_defaults=True).encode()


def encode_packed(head: Mapping[str, Any], emails: Sequence[bytes]) -> bytes:
    """Return the record value of a chain whose emails are JSON already (as `Email.model_dump_json` writes them).

    *head* has all other fields of `Chain` as JSON values. The result decodes to the same chain as that of `encode`.
    """
    fields = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return fields[:-1] + b',"emails":[' + b",".join(emails) + b"]}"


def decode(value: bytes, headers: Mapping[str, str]) -> Chain:
    """Return the chain in a record value.

    Raises:
        DecodeError: The version is unknown, or the bytes are not a chain.
    """
    version = headers.get("schema-version", "(none)")
    if version != SCHEMA_VERSION:
        raise DecodeError(f"schema-version {version} is not {SCHEMA_VERSION}: upgrade chainmail, or park the record")
    try:
        return Chain.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "value"
        raise DecodeError(f"not a chain: {where}: {first['msg']}") from error


def header_map(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Return record headers as text; of a repeated name the last counts, bad UTF-8 is replaced."""
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}
