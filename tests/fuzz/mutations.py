"""Whole mails to damaged ones: what disks, gateways, spammers and mailers do to mail. Deterministic by its seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

_CHARSETS = [b"us-ascii", b"utf-8", b"iso-8859-1", b"koi8-r", b"gb2312", b"iso-2022-jp", b"utf-7", b"utf-16", b"x-no"]
_ENCODINGS = [b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"binary", b"rot13"]
_TYPES = [
    *(b"text/plain", b"text/html", b"text/plain; format=flowed; delsp=yes", b"text/calendar; method=REQUEST"),
    *(b"multipart/mixed", b"multipart/alternative; boundary=b", b"message/rfc822", b"application/octet-stream"),
]
#: What parsers trip over.
_MARKS = [
    *(b"\x00", b"\r", b"\n\n", b"\xff\xfe", b"\xed\xa0\x80", b"=?", b"?=", b"=?utf-8?B?", b"(" * 40, b'"', b"<", b">"),
    *(b";" * 9, b"*0*=", b"--", b"=\n", b"From ", b"\nFrom x\n", b"&#xd800;", b"<style>.a{", b"\xf0\x9f\x98\x80"),
    *(b"BEGIN:VEVENT\n", b"\xe2\x80\xae", b"a" * 2_000, b" " * 2_000, b"\n\t" * 50),
]


def mutated(random: Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of *seeds* after one to four kinds of damage; the same for the same state of *random*."""
    raw = random.choice(seeds)
    for _ in range(random.randint(1, 4)):
        raw = random.choice(_DAMAGES)(random, raw, seeds)
    return raw


def _flip(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    changed = bytearray(raw)
    for _ in range(random.randint(1, 20)):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _truncate(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    return raw[: random.randint(0, len(raw))]


def _drop(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    start, end = _span(random, raw)
    return raw[:start] + raw[end:]


def _double(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    start, end = _span(random, raw)
    return raw[:end] + raw[start:end] * random.randint(1, 30) + raw[end:]


def _mark(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(raw))
    return raw[:at] + random.choice(_MARKS) + raw[at:]


def _splice(random: Random, raw: bytes, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    return raw[: random.randint(0, len(raw))] + other[random.randint(0, len(other)) :]


def _nest(random: Random, raw: bytes, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    head = b"Subject: fwd\nContent-Type: multipart/mixed; boundary=nest\n\n"
    return head + b"--nest\nContent-Type: message/rfc822\n\n%b\n--nest\n%b\n--nest--\n" % (raw, other)


def _repeat_header(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    head, blank, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    line = random.choice(lines)
    lines[random.randint(0, len(lines)) : 0] = [line] * random.randint(1, 40)
    return b"\n".join(lines) + blank + body


def _shuffle_headers(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    head, blank, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    random.shuffle(lines)
    return b"\n".join(lines) + blank + body


def _break_boundary(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    lines = raw.split(b"\n")
    marks = [number for number, line in enumerate(lines) if line.startswith(b"--")]
    if marks:
        number = random.choice(marks)
        lines[number] = random.choice([lines[number][:-1], lines[number] + b"--", lines[number] + b"x", b""])
    return b"\n".join(lines)


def _relabel(random: Random, raw: bytes, _seeds: Sequence[bytes]) -> bytes:
    """Let charset, transfer encoding or type lie."""
    name, values = random.choice(
        [(b"charset=", _CHARSETS), (b"Content-Transfer-Encoding: ", _ENCODINGS), (b"Content-Type: ", _TYPES)]
    )
    before, found, after = raw.partition(name)
    if not found:
        return name + random.choice(values) + b"\n" + raw if name.startswith(b"Content") else raw
    end = min(at for at in (after.find(b"\n"), after.find(b";"), len(after)) if at >= 0)
    return before + name + random.choice(values) + after[end:]


def _span(random: Random, raw: bytes) -> tuple[int, int]:
    start = random.randint(0, len(raw))
    return start, min(len(raw), start + random.randint(0, 400))


_DAMAGES: list[Callable[[Random, bytes, Sequence[bytes]], bytes]] = [
    *(_flip, _truncate, _drop, _double, _mark, _mark, _splice, _nest, _repeat_header, _shuffle_headers),
    *(_break_boundary, _relabel, _relabel),
]
