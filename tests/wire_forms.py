"""Every form of a wire schema that is in use: records whole and brief, a story and parts of it, repairs of fields."""

from __future__ import annotations

from typing import Any

from consumer.analysis.wire import RECORD, RECORD_TOKENS, fields_schema, narrative_schema, wire_schema

#: The least that can be set, the toy's, on both sides of the border between brief and whole, the usual, and far more.
BUDGETS = (128, 256, 400, 600, 699, 700, RECORD_TOKENS, 2_000, 16_000)
FORMS: dict[str, dict[str, Any]] = {
    **{f"record {tokens}": wire_schema(tokens) for tokens in BUDGETS},
    **{f"story {tokens}": narrative_schema(tokens) for tokens in (800, 1_200, 16_000)},
    "one section": narrative_schema(340, ("outlook",)),
    "two sections": narrative_schema(500, ("stakes", "risks")),
    "all fields": fields_schema(RECORD, 600),
    "one list": fields_schema(("risks",), 600),
    "one label": fields_schema(("priority",), 256),
}
