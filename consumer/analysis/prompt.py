"""From a chain to its prompts: a system part that never changes by a byte, then the chain, then what is asked.

The record is asked for by the system part alone, the story by a last instruction behind the mail: so all chains share
the system part, and both calls of a chain share all before that instruction, which the server has in its prefix cache.
The mail is untrusted: it stands between two tags with a boundary of its own, and whatever looks like a turn of the chat
or like such a tag is broken by an invisible WORD JOINER, which the look-up of quotes ignores.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from consumer.analysis.fitting import Shown, fitted
from consumer.analysis.new_text import Passage, passages_of
from consumer.analysis.prompt_files import prompt_text
from consumer.analysis.tokens import tokens_of
from schemas.chain import Chain, Email

#: Breaks a token without changing the words (U+2060).
JOINER = "\u2060"

#: Turn markers of the chat templates of Llama 2 and 3, ChatML, Mistral, Gemma, Phi, DeepSeek.
_TURN = re.compile(
    r"<(?=[|\uff5c])|<(?=/?s>|</?SYS>>|/?SYS>>|(?:start|end)_of_turn>|(?:eos|bos)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\])",
    re.IGNORECASE,
)
#: The turn that carries the mail. For the record nothing follows it: a small model copies what does into its answer.
_USER = "<mail {boundary}>\n{body}\n</mail {boundary}>"
#: What stands before and after the words of a mail that another holds and that is not at hand itself.
_HEADLINE = "\n[{how} from {sender}, {day}:]\n"
_AFTER_QUOTE = "\n[End of what is quoted.]\n"
_HOW = {"forward": "Forwarded", "quote": "Quoted"}
#: Our own tags. A small model that reads lines of capitals there takes them for the beginning of its answer.
_MARK = re.compile(r"<(?=/?mail\s+[0-9a-f])", re.IGNORECASE)
_LEAST_TOKENS = 128
_HEAD_CHARS = 160
#: The two tags around the mail.
_FRAME_TOKENS = 60


@dataclass(frozen=True, kw_only=True)
class ChainPrompt:
    """What is sent for one chain, and what of it found no room: in characters, and in words.

    `last` is the instruction of the story, `context_tokens` what prompt and answer may take together (0: unknown),
    `token_factor` how many tokens the model at hand counts for one of our estimate.
    """

    system: str
    user: str
    elided_chars: int
    last: str = ""
    cut: tuple[str, ...] = ()
    context_tokens: int = 0
    token_factor: float = 1.0


def system_part() -> str:
    """Return the stable part of every prompt."""
    return prompt_text("record")


def narrative_part() -> str:
    """Return what asks for the story, behind the mail."""
    return prompt_text("narrative")


def prompt_parts() -> tuple[str, ...]:
    """Return all words of ours that a prompt can have: its version depends on them."""
    return system_part(), narrative_part(), _USER, _HEADLINE, _AFTER_QUOTE


def chain_prompt(
    chain: Chain,
    prompt_tokens: int,
    *,
    passages: Mapping[str, tuple[Passage, ...]] | None = None,
    token_factor: float = 1.0,
    context_tokens: int = 0,
    last: str = "",
) -> ChainPrompt:
    """Return the prompt for *chain* in at most *prompt_tokens* (estimated): the newest email whole if it can be.

    The same chain gives the same prompt, whatever was asked before.

    Args:
        chain: What is asked about.
        prompt_tokens: What all of it may take by our estimate, *last* included.
        passages: Those of the chain, where they are at hand already.
        token_factor: Tokens that the model at hand counts for one of our estimate.
        context_tokens: What prompt and answer may take together, as it counts; 0 where nobody knows.
        last: What may be asked behind the mail.
    """
    boundary = hashlib.sha256(chain.chain_hash.encode()).hexdigest()[:12]
    spans = passages_of(chain) if passages is None else passages
    ours = tokens_of(system_part()) + tokens_of(last) + _FRAME_TOKENS
    room = max(float(_LEAST_TOKENS), prompt_tokens - ours)
    found = fitted([_shown(chain, at, spans, boundary) for at in range(len(chain.emails))], room)
    return ChainPrompt(
        system=system_part(),
        user=_USER.format(boundary=boundary, body=found.body),
        last=last,
        elided_chars=found.elided_chars,
        cut=found.cut,
        context_tokens=context_tokens,
        token_factor=token_factor,
    )


def _shown(chain: Chain, at: int, spans: Mapping[str, tuple[Passage, ...]], boundary: str) -> Shown:
    email = chain.emails[at]
    day = f" of {email.written_on}" if email.written_on else ""
    return Shown(
        head=neutralised(_head(email), boundary),
        text=neutralised(_told(email.text, spans[email.email_id]), boundary),
        name=f"email {at + 1} of {len(chain.emails)}{day}",
    )


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
    """Return who wrote to whom, on which day where the writer was, about what: four short lines."""
    to = ", ".join(str(address) for address in email.to[:3]) or "(nobody)"
    when = f"{email.written_on:%A, %Y-%m-%d}" if email.written_on else "(no date)"
    sender = str(email.sender or "(nobody)")
    lines = (("From", sender), ("To", to), ("Date", when), ("Subject", email.subject))
    return "\n".join(f"{name}: {value[:_HEAD_CHARS]}" for name, value in lines)
