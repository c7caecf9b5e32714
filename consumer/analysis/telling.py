"""Ask the model for the story of a chain whose record stands: what fails here never costs the record.

One call, behind the mail of the record's, so that the server has read it already; where the story is too short, one
more for the sections that are missing or short, and for these alone. What the mail does not bear is no part of the
story, before its length is looked at: a story that it shortens is asked about and called short like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from consumer.analysis.answers import UnusableAnswerError
from consumer.analysis.calls import Calls
from consumer.analysis.free_text import FreeText
from consumer.analysis.narrative import LEAST_CHARS, SHORT_SECTION_CHARS, cleaned, joined
from consumer.analysis.prompt import narrative_part
from consumer.analysis.wire import SECTIONS, narrative_schema
from consumer.errors import PermanentError, TransientError
from schemas.completion import NarrativeCompletion

#: With fewer tokens no story of the least length closes.
NARRATIVE_TOKENS = 800
SECTIONS_AGAIN = "Of the story these fields are missing or too short: {names}. Write them alone, in whole sentences."
_FEWEST_AGAIN = 2
_UNUSABLE, _UNBORNE = "the model's answer could not be used", "the mail does not bear the model's words"


@dataclass(frozen=True, kw_only=True)
class Told:
    """The story as far as the model could tell it, and what it could not, in words."""

    text: str
    lacking: tuple[str, ...] = ()


def tell(calls: Calls, summary: str, output_tokens: int, words: FreeText) -> Told:
    """Return the story of the chain of *calls*, as far as *words* are borne; empty where nothing of it could be used.

    Raises:
        TransientError: The server refuses for now, which no chain should suffer for.
    """
    sections: dict[str, str] = {}
    fault, before = "", words.dropped
    try:
        sections = cleaned(_sections(calls, SECTIONS, output_tokens, words), summary)
        if len(joined(sections)) < LEAST_CHARS:
            sections = _more(calls, sections, summary, output_tokens, words)
    except PermanentError as error:
        fault = str(error)
    except TransientError as error:
        if not error.counts:
            raise
        fault = str(error)
    text = joined(sections)
    why = _why_short(text, fault, unborne=words.dropped - before)
    return Told(text=text, lacking=(f"narrative: {why}",) if why else ())


def _why_short(text: str, fault: str, *, unborne: int) -> str:
    """Return why a story is none or not long enough; *unborne* sentences were left out. Empty where it is."""
    if len(text) >= LEAST_CHARS:
        return ""
    if not text:
        return fault or (_UNBORNE if unborne else _UNUSABLE)
    what = f"{unborne} {'sentence' if unborne == 1 else 'sentences'} that the mail does not bear"
    without = f"repetition and {what}" if unborne else "repetition"
    return f"{len(text):,} characters without {without}, where {LEAST_CHARS:,} were wanted"


def _more(
    calls: Calls, sections: Mapping[str, str], summary: str, output_tokens: int, words: FreeText
) -> dict[str, str]:
    """Return *sections* with those asked for again that were missing or short, where they are longer now."""
    by_length = sorted(SECTIONS, key=lambda name: len(sections.get(name, "")))
    short = [name for name in by_length if len(sections.get(name, "")) < SHORT_SECTION_CHARS]
    wanted = short if len(short) >= _FEWEST_AGAIN else by_length[:_FEWEST_AGAIN]
    names = tuple(name for name in SECTIONS if name in wanted)
    again = _sections(calls, names, output_tokens, words, SECTIONS_AGAIN.format(names=", ".join(names)))
    longer = {name: text for name, text in again.items() if len(text) > len(sections.get(name, ""))}
    both = cleaned({**sections, **longer}, summary)
    return both if len(joined(both)) > len(joined(sections)) else dict(sections)


def _sections(
    calls: Calls, names: tuple[str, ...], output_tokens: int, words: FreeText, reask: str = ""
) -> dict[str, str]:
    """Return what the model says in the sections *names* and the mail bears; nothing where the answer is none."""
    share = output_tokens if names == SECTIONS else output_tokens * (len(names) + 1) // (len(SECTIONS) + 1)
    raw = calls.ask(partial(narrative_schema, names=names), share, last=narrative_part(), reask=reask)
    try:
        told = calls.judged(raw, NarrativeCompletion).values
    except UnusableAnswerError:
        return {}
    return {name: words.borne(text) for name, text in told.items()}
