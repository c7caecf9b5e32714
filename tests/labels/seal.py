"""Turns labels that quote their mail into labels that do not: spans, hashes and roles in place of words.

Run: python -m tests.labels.seal --mail FOLDER --draw N --half HALF --out FILE LABELS.jsonl...

Prints each quote that is not found where its label says, and how many are ambiguous: a short word may stand
several times in a mail, and its first place in the part that the label names is taken.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from consumer.evaluation.items import Half, SealedMail, TextField, digest, key_of
from consumer.evaluation.owners import role_of
from consumer.evaluation.regions import Region, regions_of
from producer.parse import parse
from schemas.chain import Email

_GAP = r"(?:[ \t]*\n[ \t>]*|\s)+"


@dataclass(kw_only=True)
class Faults:
    """What a person should look at: counts, and the quotes by mail."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def add(self, what: str, mail_id: str, quote: str) -> None:
        """Note one."""
        self.counts[what] += 1
        self.lines.append(f"{mail_id}: {what}: {quote!r}")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a quote stands."""

    field: TextField
    start: int
    end: int
    region: Region | None


def seal(labels: dict[str, Any], email: Email, faults: Faults, draw: int, half: Half) -> SealedMail:
    """Return *labels* of *email* without a word of it; items whose quote is not found are left out and noted."""
    regions = regions_of(email)
    mail_id = labels["id"]

    def placed(name: str) -> Iterable[tuple[dict[str, Any], Place, dict[str, Any]]]:
        taken: list[Place] = []
        for item in sorted(labels.get(name, ()), key=lambda item: -len(item["quote"])):
            place = find(item["quote"], item["where"], email, regions, faults, mail_id, taken)
            if place is not None:
                taken.append(place)
                span = {"field": place.field, "start": place.start, "end": place.end, "where": item["where"]}
                yield item, place, span

    return SealedMail.model_validate(
        {
            "id": mail_id,
            "sha256": digest(email.text),
            "draw": draw,
            "half": half,
            "amounts": [
                {**span, "value": item["value"], "currency": item["currency"], "kind": item["kind"]}
                for item, _, span in placed("amounts")
            ],
            "dates": [
                {**span, **{name: item.get(name) for name in ("resolved", "alt", "time", "kind")}}
                for item, _, span in placed("dates")
            ],
            "references": [
                {**span, "kind": item["kind"], "key": key_of(item["kind"], item["value"])}
                for item, _, span in placed("references")
            ],
            "actions": [
                {**span, "owner": role_of(item["owner"], email, place.region), "due": item["due"]}
                for item, place, span in placed("actions")
            ],
            **{name: labels[name] for name in ("priority", "category", "reply_expected")},
        }
    )


def find(
    quote: str,
    where: str,
    email: Email,
    regions: tuple[Region, ...],
    faults: Faults,
    mail_id: str,
    taken: Sequence[Place] = (),
) -> Place | None:
    """Return the first place of *quote* in a part of the mail that is *where*, else anywhere; noted if so.

    A place within one of *taken* is the last choice: the year of "11 January 2001" is no year by itself.
    """
    pattern = re.compile(_GAP.join(map(re.escape, re.sub(r"(?m)^[ \t]*>[> \t]*", "", quote).split())))
    places = [
        Place(field=name, start=found.start(), end=found.end(), region=_holding(regions, name, found))
        for name, text in _fields(email)
        for found in pattern.finditer(text)
    ]
    right = [place for place in places if place.region is not None and place.region.where == where]
    if not places:
        faults.add("not found", mail_id, quote)
        return None
    if not right:
        faults.add(f"stands only where we read no {where} words", mail_id, quote)
    elif len({place.start for place in right}) > 1:
        faults.counts["ambiguous, the first taken"] += 1
    free = [place for place in right or places if not any(_within(place, longer) for longer in taken)]
    return _whole_word(free or right or places, email)


def _within(place: Place, longer: Place) -> bool:
    return place.field == longer.field and longer.start <= place.start and place.end <= longer.end


def _whole_word(places: list[Place], email: Email) -> Place:
    """Return the first place that is no part of a longer word or number; the first where all are."""
    texts = dict(_fields(email))

    def is_whole(place: Place) -> bool:
        around = texts[place.field][max(0, place.start - 1) : place.end + 1]
        before = around[0] if place.start else " "
        after = around[-1] if place.end < len(texts[place.field]) else " "
        return not (before.isalnum() or after.isalnum())

    return next(filter(is_whole, places), places[0])


def _fields(email: Email) -> tuple[tuple[TextField, str], tuple[TextField, str]]:
    return ("subject", email.subject), ("text", email.text)


def _holding(regions: tuple[Region, ...], name: TextField, found: re.Match[str]) -> Region | None:
    return next((region for region in regions if region.holds(name, found.start(), found.end())), None)


def main() -> None:
    """Seal files of labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--mail", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draw", type=int, required=True, help="with which others they were drawn")
    parser.add_argument("--half", choices=get_args(Half), required=True, help="may readers be tuned on them")
    arguments = parser.parse_args()
    faults, sealed = Faults(), []
    for line in (line for path in arguments.labels for line in path.read_text("utf-8").splitlines()):
        labels = json.loads(line)
        email = parse((arguments.mail / f"{labels['id']}.txt").read_bytes())
        assert isinstance(email, Email), labels["id"]
        sealed.append(seal(labels, email, faults, arguments.draw, arguments.half))
    sealed.sort(key=lambda mail: mail.id)
    lines = (mail.model_dump_json(exclude_none=False) for mail in sealed)
    arguments.out.write_text("\n".join(lines) + "\n", "utf-8")
    print(*faults.lines, sep="\n")
    print(f"{len(sealed)} mails sealed; {dict(faults.counts)}")


if __name__ == "__main__":
    main()
