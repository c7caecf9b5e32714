"""What Stalwart's parser reads in its own test mails, and what we read: the same values, to be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from producer.addresses import addresses
from producer.content_type import media_type
from producer.encoding import clean, decode, one_line
from producer.headers import Block, date_of, ids, split, without_postmark
from producer.mime import Part, tree
from producer.parse import parse
from producer.words import decode_words
from schemas.chain import Email

#: A value of their JSON.
Json = Any


def differing_mails(folder: Path) -> tuple[list[str], set[str]]:
    """Return the names of all mails in *folder*, and of those that we read otherwise."""
    files = sorted(folder.glob("*/*.eml"))
    names = {f"{file.parent.name}/{file.stem}": file for file in files}
    differing = {name for name, file in names.items() if not _agrees(file)}
    return list(names), differing


def differing_headers(folder: Path, kind: str) -> tuple[list[str], set[str]]:
    """Return the names of all known answers for a kind of header, and of those that we read otherwise."""
    cases = json.loads((folder / f"{kind}.json").read_text("utf-8"))
    names = [f"{kind} {number}" for number in range(len(cases))]
    found = {name for name, case in zip(names, cases, strict=True) if _theirs(kind, case) != _ours(kind, case)}
    return names, found


def _agrees(file: Path) -> bool:
    raw, theirs = file.read_bytes(), json.loads(file.with_suffix(".json").read_text("utf-8"))
    ours = parse(raw)
    leaves = [_leaf(part) for part in _leaves(tree(split(without_postmark(raw))))]
    return (
        isinstance(ours, Email)
        and _head_of(theirs) == _head(ours)
        and _same_leaves(list(_their_leaves(theirs)), leaves)
    )


def _head(email: Email) -> Json:
    sender = [(email.sender.name, email.sender.address)] if email.sender else []
    people = [[(one.name, one.address) for one in field] for field in (email.to, email.cc)]
    sent_at = email.sent_at if email.sent_at_from == "date" else None
    return [email.subject, sender, *people, sent_at, email.message_id, [*email.in_reply_to], [*email.references]]


def _head_of(theirs: Json) -> Json:
    fields: dict[str, list[Json]] = {}
    for header in theirs["parts"][0]["headers"]:
        if isinstance(header["name"], str):
            fields.setdefault(header["name"], []).append(header["value"])
    texts = {
        name: _texts(fields.get(name, [None])[0]) for name in ("subject", "message_id", "in_reply_to", "references")
    }
    people = [[one for value in fields.get(name, ()) for one in _people(value)] for name in ("from", "to", "cc")]
    date = fields.get("date", [None])[0]
    return [
        one_line(texts["subject"][0]) if texts["subject"] else "",
        people[0][:1],
        *people[1:],
        _time(date["DateTime"]) if isinstance(date, dict) else None,
        texts["message_id"][0] if texts["message_id"] else None,
        texts["in_reply_to"],
        texts["references"],
    ]


def _texts(value: Json) -> list[str]:
    if not isinstance(value, dict):
        return []
    return list(value.get("TextList") or [value["Text"]])


def _people(value: Json) -> list[tuple[str, str]]:
    value = value.get("Address", value) if isinstance(value, dict) else {}
    boxes = value.get("List") or [box for group in value.get("Group", ()) for box in group["addresses"]]
    return [(one_line(box["name"] or ""), box["address"] or "") for box in boxes]


def _time(value: Json) -> datetime | None:
    offset = timedelta(hours=value["tz_hour"], minutes=value["tz_minute"])
    try:
        zone = timezone(-offset if value["tz_before_gmt"] else offset)
        return datetime(*(value[unit] for unit in "year month day hour minute second".split()), tzinfo=zone)
    except ValueError:
        return None


def _their_leaves(theirs: Json, number: int = 0) -> Iterator[tuple[str, bytes | str]]:
    part = theirs["parts"][number]
    ((kind, value),) = part["body"].items()
    if kind == "Multipart":
        for child in value:
            yield from _their_leaves(theirs, child)
    elif kind == "Message":
        yield from _their_leaves(value)
    else:
        types = [header["value"].get("ContentType") for header in part["headers"] if header["name"] == "content_type"]
        named = f"{types[-1]['c_type']}/{types[-1]['c_subtype']}".lower() if types and types[-1] else "text/plain"
        yield named, " ".join(value.split()) if isinstance(value, str) else bytes(value)


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _leaf(part: Part) -> tuple[str, bytes, str]:
    return part.content_type, part.content, " ".join(clean(decode(part.content, part.charset)[0]).split())


def _same_leaves(theirs: list[tuple[str, bytes | str]], ours: list[tuple[str, bytes, str]]) -> bool:
    """Texts are compared without their white space, bytes without CR: the expectations were made from LF forms."""
    if len(theirs) != len(ours):
        return False
    return all(
        named == ours_named
        and (text == value if isinstance(value, str) else content.replace(b"\r", b"") == value.replace(b"\r", b""))
        for (named, value), (ours_named, content, text) in zip(theirs, ours, strict=True)
    )


def _block(case: Json) -> Block:
    """Return their header as the field of a mail."""
    return split(f"X: {case['header'].rstrip()}\n\n".encode())


def _ours(kind: str, case: Json) -> Json:
    block = _block(case)
    text = block.text(b"x")
    if kind == "address":
        return [(one.name, one.address) for one in addresses(text)]
    if kind == "content_type":
        word, parameters = media_type(block.first(b"x"))
        return word, dict(parameters)
    if kind in {"date", "received"}:
        return date_of(text.rpartition(";")[2])
    return list(ids(text)) if kind == "id" else one_line(decode_words(text))


def _theirs(kind: str, case: Json) -> Json:
    value = case["expected"]
    if kind == "address":
        return _people(value)
    if kind == "content_type":
        return _type(value)
    if kind in {"date", "received"}:
        value = (value or {}).get("date") if kind == "received" else value
        return _time(value) if value else None
    if kind == "id":
        return [one for one in ([value] if isinstance(value, str) else value or []) if one]
    return one_line(value or "")


def _type(value: Json) -> Json:
    if not value:
        return "", {}
    word = value["c_type"] + (f"/{value['c_subtype']}" if value.get("c_subtype") else "")
    pairs = [(one["name"], one["value"]) if isinstance(one, dict) else one for one in value.get("attributes") or ()]
    return word, {name: text for name, text in pairs if not name.endswith("-language")}
