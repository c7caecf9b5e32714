"""From a chain to a prompt: a system part that never changes by a byte, then the chain, then nothing.

The stable part keeps the server's prefix cache warm. The mail is untrusted: it stands between two tags
with a boundary of its own, and whatever looks like a turn of the chat or like such a tag is broken
by an invisible WORD JOINER, which the look-up of quotes ignores.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from consumer.analysis.new_text import Passage, passages_of
from consumer.analysis.wire import BRIEF_TOKENS, wire_schema
from schemas.chain import Chain, Email

#: Breaks a token without changing the words (U+2060).
JOINER = "\u2060"

#: Turn markers of the chat templates of Llama 2 and 3, ChatML, Mistral, Gemma, Phi, DeepSeek.
_TURN = re.compile(
    r"<(?=[|\uff5c])|<(?=/?s>|</?SYS>>|/?SYS>>|(?:start|end)_of_turn>|(?:eos|bos)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\])",
    re.IGNORECASE,
)
#: The turn that carries the mail. Nothing follows it: a small model copies what does into its answer.
_USER = "<mail {boundary}>\n{body}\n</mail {boundary}>"
#: What stands before and after the words of a mail that another holds and that is not at hand itself.
_HEADLINE = "\n[{how} from {sender}, {day}:]\n"
_AFTER_QUOTE = "\n[End of what is quoted.]\n"
_HOW = {"forward": "Forwarded", "quote": "Quoted"}
#: Our own tags. A small model that reads lines of capitals there takes them for the beginning of its answer.
_MARK = re.compile(r"<(?=/?mail\s+[0-9a-f])", re.IGNORECASE)
#: What a tokenizer cuts Latin text into, roughly: a word, capitals, blanks; everything else is dear.
_PIECES = re.compile(r"(?P<word>[A-Z]?[a-z]+)|(?P<caps>[A-Z]+)|(?P<blank>\s+(?!\d))|(?P<dear>.)", re.DOTALL)
_WORD_CHARS, _CAPS_CHARS = 5, 2
#: From here on (CJK and beyond) small vocabularies take more than one token a character (SmolLM2: 1.6).
_FIRST_IDEOGRAPH = "\u2e80"
_IDEOGRAPH_TOKENS = 1.6
_LEAST_TOKENS = 128
_HEAD_CHARS = 160


@dataclass(frozen=True, kw_only=True)
class ChainPrompt:
    """What is sent for one chain, and how many characters of it found no room."""

    system: str
    user: str
    elided_chars: int


@cache
def system_part() -> str:
    """Return the stable part of every prompt."""
    return resources.files("consumer.analysis").joinpath("prompts/record.md").read_text("utf-8").strip()


def prompt_version(output_tokens: int) -> str:
    """Return the version of prompt and wire schemas together, by content: 12 hex digits."""
    schemas = [wire_schema(output_tokens), wire_schema(min(output_tokens, BRIEF_TOKENS))]
    content = system_part() + _USER + _HEADLINE + _AFTER_QUOTE + json.dumps(schemas, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def tokens_of(text: str) -> float:
    """Return an estimate of the tokens of *text*, rather too many than too few.

    Characters alone would not do: prose has 4 to a token, figures and code have 1 to 2. Held against SmolLM2's
    vocabulary of 49,000, the smallest in use, on 440 mails: 0.85 to 1.9 times the truth, 1.04 in the median.
    """
    return sum(_cost(found.lastgroup, found.group()) for found in _PIECES.finditer(text))


def _cost(kind: str | None, piece: str) -> float:
    match kind:
        case "word":
            return -(-len(piece) // _WORD_CHARS)
        case "caps":
            return -(-len(piece) // _CAPS_CHARS)
        case "blank":
            return float(piece != " ")
        case _:
            return _IDEOGRAPH_TOKENS if piece >= _FIRST_IDEOGRAPH else 1.0


def chain_prompt(
    chain: Chain, prompt_tokens: int, *, passages: Mapping[str, tuple[Passage, ...]] | None = None
) -> ChainPrompt:
    """Return the prompt for *chain* in at most *prompt_tokens* (estimated): the newest email whole if it can be.

    The same chain gives the same prompt, whatever was asked before. *passages* are those of the chain, where
    they are at hand already.
    """
    boundary = hashlib.sha256(chain.chain_hash.encode()).hexdigest()[:12]
    shown = passages_of(chain) if passages is None else passages
    texts = [neutralised(_told(email.text, shown[email.email_id]), boundary) for email in chain.emails]
    heads = [neutralised(_head(email), boundary) for email in chain.emails]
    room = max(float(_LEAST_TOKENS), prompt_tokens - tokens_of(system_part()) - 60)
    fitted, elided = _fitted(heads, texts, room)
    body = "\n\n".join(fitted)
    user = _USER.format(boundary=boundary, body=body)
    return ChainPrompt(system=system_part(), user=user, elided_chars=elided)


def neutralised(text: str, boundary: str) -> str:
    """Return *text* with nothing in it that a chat template or our own delimiters would take for their own."""
    text = _TURN.sub(lambda found: found.group() + JOINER, text)
    text = _MARK.sub(lambda found: found.group() + JOINER, text)
    return text.replace(boundary, boundary[:1] + JOINER + boundary[1:])


def _told(text: str, passages: tuple[Passage, ...]) -> str:
    """Return what *passages* of a text say, in order; whose words a quote's are stands before it."""
    pieces: list[str] = []
    quoted: Passage | None = None
    for passage in passages:
        said = text[passage.start : passage.end]
        if passage.quoted is None and quoted is not None and not _ends_marked(text, quoted):
            pieces.append(_AFTER_QUOTE)
        if passage.is_headed:
            pieces.append(_headline(passage))
        pieces.append(said)
        quoted = passage if passage.quoted is not None else None
    return "".join(pieces).strip()


def _headline(passage: Passage) -> str:
    quoted = passage.quoted
    if quoted is None or quoted.sent_on is None:
        return ""
    return _HEADLINE.format(
        how=_HOW.get(passage.kind, "Quoted"), sender=quoted.sender[:_HEAD_CHARS], day=f"{quoted.sent_on:%A, %Y-%m-%d}"
    )


def _ends_marked(text: str, passage: Passage) -> bool:
    """Return whether marks show where *passage* ends; without them it must be said."""
    last = text[passage.start : passage.end].rstrip().rpartition("\n")[2]
    return last.lstrip().startswith(">")


def _head(email: Email) -> str:
    """Return who wrote to whom, when, about what: four short lines."""
    to = ", ".join(str(address) for address in email.to[:3]) or "(nobody)"
    when = f"{email.sent_at:%A, %Y-%m-%d %H:%M}" if email.sent_at else "(no date)"
    sender = str(email.sender or "(nobody)")
    lines = (("From", sender), ("To", to), ("Date", when), ("Subject", email.subject))
    return "\n".join(f"{name}: {value[:_HEAD_CHARS]}" for name, value in lines)


def _fitted(heads: list[str], texts: list[str], room_tokens: float) -> tuple[list[str], int]:
    """Return the emails that fit, oldest first, and the characters left out; the newest is served first."""
    shown: list[str] = []
    elided = 0
    for head, text in reversed(list(zip(heads, texts, strict=True))):
        room_tokens -= tokens_of(head) + 2
        if room_tokens <= 0 and shown:
            elided += len(text)
            continue
        share = text if not shown else _shortened(text, room_tokens / 2)
        part = _shortened(share, room_tokens)
        elided += len(text) - _said_chars(text, part)
        room_tokens -= tokens_of(part)
        shown.append(f"{head}\n\n{part}")
    hidden = len(heads) - len(shown)
    oldest = [f"({hidden} older emails are left out)"] if hidden else []
    return oldest + shown[::-1], elided


_CUT = "\n(… cut …)\n"


def _shortened(text: str, room_tokens: float) -> str:
    """Return *text* with its middle cut out to take at most *room_tokens*; where that is nothing, the cut alone."""
    cost, part = tokens_of(text), text
    keep = len(text)
    while cost > room_tokens and keep:
        keep = int(keep * min(0.95, max(0.0, room_tokens - tokens_of(_CUT)) / cost))
        head, tail = keep - keep // 4, keep // 4
        part = text[:head] + _CUT + (text[-tail:] if tail else "")
        cost = tokens_of(part)
    return part


def _said_chars(text: str, part: str) -> int:
    return len(text) if part == text else len(part) - len(_CUT) * part.count(_CUT)
