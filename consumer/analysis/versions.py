"""Which prompts and wire schemas these are, by content: an analysis made with others is another one."""

from __future__ import annotations

import hashlib
import json

from consumer.analysis import asking, telling
from consumer.analysis.prompt import prompt_parts
from consumer.analysis.wire import BRIEF_TOKENS, RECORD, RECORD_TOKENS, fields_schema, narrative_schema, wire_schema


def prompt_version(output_tokens: int) -> str:
    """Return the version of all that may be sent beside the mail: 12 hex digits."""
    schemas = [
        wire_schema(min(output_tokens, RECORD_TOKENS)),
        wire_schema(min(output_tokens, BRIEF_TOKENS)),
        fields_schema(RECORD, min(output_tokens, BRIEF_TOKENS)),
        narrative_schema(output_tokens),
    ]
    words = [*prompt_parts(), asking.WHOLE_AGAIN, asking.FIELDS_AGAIN, telling.SECTIONS_AGAIN]
    return hashlib.sha256(json.dumps([words, schemas], sort_keys=True).encode()).hexdigest()[:12]
