"""A dead letter in words, as a table and as JSON, and which one a person means."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from chainmail.cli.speech import OUT, Exit, Stop, human_bytes, say
from chainmail.settings import Settings
from schemas import wire
from schemas.chain import Chain
from storage.dead_letters import Letter, LetterState

if TYPE_CHECKING:
    from consumer.redrive import Original

#: So much of a value that is no chain is shown.
_SHOWN_BYTES = 300
_SHOWN_CANDIDATES = 3


@dataclass(frozen=True)
class Bytes:
    """The original record of a dead letter; where it is None, *missing* says why."""

    original: Original | None
    missing: str


def named(words: Sequence[str], letters: Sequence[Letter]) -> list[Letter]:
    """Return the letters that *words* name: whole ids, `partition/offset`, or unambiguous beginnings.

    Raises:
        Stop: A word names none, or several (exit code 2).
    """
    found = {letter.letter_id: letter for letter in (_one(word, letters) for word in words)}
    return list(found.values())


def _one(word: str, letters: Sequence[Letter]) -> Letter:
    whole = [each for each in letters if each.letter_id == word]
    place = [each for each in letters if f"{each.partition}/{each.offset}" == word]
    begins = [each for each in letters if word and each.letter_id.startswith(word)]
    found = whole or place or begins
    if len(found) == 1:
        return found[0]
    if not found:
        raise Stop(Exit.USAGE, f"no dead letter is named by {word!r}: `chainmail dead-letters list --state all`")
    names = ", ".join(each.letter_id for each in found[:_SHOWN_CANDIDATES])
    more = ", …" if len(found) > _SHOWN_CANDIDATES else ""
    raise Stop(Exit.USAGE, f"{word!r} names {len(found)} dead letters, give more of the id: {names}{more}")


def as_json(letter: Letter) -> dict[str, Any]:
    """Return a letter as the database knows it, for programs."""
    return {
        "id": letter.letter_id,
        "state": letter.state.value,
        "error_class": letter.error_class,
        "error_message": letter.error_message,
        "attempts": letter.attempts,
        "redrives": letter.redrives,
        "chain_id": letter.chain_id,
        "revision": letter.revision,
        "analyser_id": letter.analyser_id,
        "failed_at": letter.failed_at.isoformat(),
        "changed_at": letter.changed_at.isoformat(),
    }


def to_json(letter: Letter, found: Bytes) -> dict[str, Any]:
    """Return a letter with its original record; bytes are base64, because they may be anything."""
    original = found.original
    value = original.value if original else None
    chain = chain_of(original)
    return as_json(letter) | {
        "answer": letter.answer or None,
        "missing": found.missing or None,
        "key": _base64(original.key) if original else None,
        "headers": [[name, _base64(content)] for name, content in original.headers] if original else None,
        "value": _base64(value),
        "value_left_out_bytes": original.left_out_bytes if original else None,
        "subject": chain.subject if chain else None,
        "people": people_of(chain) if chain else None,
    }


def chain_of(original: Original | None) -> Chain | None:
    """Return the chain in the original bytes, or None where they are none."""
    if original is None or original.value is None:
        return None
    try:
        return wire.decode(original.value, wire.header_map(original.headers))
    except wire.DecodeError:
        return None


def people_of(chain: Chain) -> list[str]:
    """Return who wrote, each once, in the order of their first email."""
    return list(dict.fromkeys(str(email.sender) for email in chain.emails if email.sender))


def print_letters(letters: Sequence[Letter]) -> None:
    """Print one line a letter."""
    if not letters:
        say("no dead letters")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    # An id that is cut off names nothing: on a narrow screen all others give way.
    table.add_column("id", no_wrap=True, min_width=max(len(each.letter_id) for each in letters))
    table.add_column("state", no_wrap=True, min_width=max(len(each.state.value) for each in letters))
    for name in ("failed", "tries", "redrives", "chain"):
        table.add_column(name, justify="right" if name in {"tries", "redrives"} else "left", overflow="fold")
    table.add_column("error", ratio=1, overflow="ellipsis", no_wrap=True)
    for each in letters:
        table.add_row(
            each.letter_id,
            each.state.value,
            f"{each.failed_at.astimezone():%m-%d %H:%M}",
            str(each.attempts),
            str(each.redrives),
            Text(escaped((each.chain_id or "").encode())[:8]),
            Text(escaped(f"{each.error_class}: {' '.join(each.error_message.split())}".encode())),
        )
    OUT.print(table)


def words_of(state: LetterState) -> str:
    """Return a state in words for people."""
    return "open (its redrive was interrupted)" if state is LetterState.REDRIVING else state.value


def print_letter(letter: Letter, found: Bytes, settings: Settings) -> None:
    """Print one letter: why, when, what it is, what the model said, and what can be done."""
    lines = [
        f"{letter.letter_id}  {words_of(letter.state)}",
        f"error     {letter.error_class}: {escaped(letter.error_message.encode())}",
        f"tried     {_times(letter.attempts)}, redriven {_times(letter.redrives)}",
        f"given up  {letter.failed_at.astimezone():%Y-%m-%d %H:%M:%S %z}",
    ]
    if letter.changed_at != letter.failed_at:
        lines.append(f"{letter.state.value:9} {letter.changed_at.astimezone():%Y-%m-%d %H:%M:%S %z}")
    if letter.analyser_id:
        lines.append(f"analyser  {letter.analyser_id}")
    lines += _lines_of_record(letter, found)
    if letter.answer:
        lines += ["the model answered:", escaped(letter.answer.encode(), keep="\n")]
    lines += _ways(letter, settings)
    for line in lines:
        OUT.print(line, soft_wrap=True)


def _lines_of_record(letter: Letter, found: Bytes) -> list[str]:
    original = found.original
    if original is None:
        key = escaped((letter.chain_id or "").encode()) if letter.chain_id is not None else "(none)"
        return [f"key       {key}", f"its bytes cannot be shown: {found.missing}"]
    key = escaped(original.key) if original.key is not None else "(none)"
    lines = [f"key       {key}"]
    lines += [f"header    {escaped(name.encode())}: {escaped(content or b'')}" for name, content in original.headers]
    if original.left_out_bytes is not None:
        kept = "still has them" if original.value is not None else "has lost them by now: park it"
        size = human_bytes(original.left_out_bytes)
        lines.append(
            f"its {size} are not in the dead letter, because that topic takes no such record; the source {kept}"
        )
    chain = chain_of(original)
    if chain is not None:
        people = ", ".join(people_of(chain)) or "nobody named"
        lines += [f"subject   {escaped(chain.subject.encode())}", f"people    {escaped(people.encode())}"]
    elif original.value is not None:
        start = escaped(original.value[:_SHOWN_BYTES])
        more = " …" if len(original.value) > _SHOWN_BYTES else ""
        lines.append(f"value     {len(original.value)} bytes, not a chain: {start}{more}")
    return lines


def _ways(letter: Letter, settings: Settings) -> list[str]:
    """Return the commands that go on from here."""
    lines = []
    if letter.revision is not None and letter.chain_id is not None:
        lines.append(f"trace     chainmail trace {escaped(letter.chain_id.encode())} --db {settings.db}")
    if letter.state in {LetterState.OPEN, LetterState.REDRIVING, LetterState.PARKED}:
        lines.append(f"again     chainmail dead-letters redrive {letter.letter_id} --db {settings.db}")
    return lines


def escaped(content: bytes, *, keep: str = "") -> str:
    """Return bytes so that a terminal shows them and obeys none of them."""
    text = content.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text)


def _base64(content: bytes | None) -> str | None:
    return base64.b64encode(content).decode() if content is not None else None


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
