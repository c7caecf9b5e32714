"""What becomes of every mail of a folder of corpora, and what reading costs.

Usage: .venv/bin/python tests/benchmarks/parsing.py [../shared/corpora]
Prints a table: messages, emails, files that are no mail, unreadable, cut, bulk, and the CPU time of one mail.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from producer.parse import NotMail, Unreadable, parse
from producer.sources.recognise import open_source
from producer.sources.source import RawMail
from schemas.chain import Email

#: Passes over a corpus, of which the quickest counts: other programs run beside us.
PASSES = 3
#: Below this a pass says nothing about the time.
MIN_MAILS = 20
COLUMNS = "messages emails not-mail unreadable cut damaged ahead bulk us/mail mails/s".split()


def raws(folder: Path) -> list[bytes]:
    """Return the bytes of all messages below *folder*."""
    return [found.content for found in open_source(str(folder)).mails() if isinstance(found, RawMail)]


def best_us(mails: list[bytes]) -> float:
    """Return the CPU microseconds of one mail, in the quickest of some passes."""
    passes: list[float] = []
    for _ in range(PASSES):
        started_s = time.process_time()
        for raw in mails:
            parse(raw)
        passes.append(time.process_time() - started_s)
    return min(passes) / len(mails) * 1_000_000


def row(name: str, mails: list[bytes]) -> tuple[str, Counter[str]]:
    """Return a line of the table, and the reasons and defects that were found."""
    found = [parse(raw) for raw in mails]
    emails = [one for one in found if isinstance(one, Email)]
    unreadable = [one for one in found if isinstance(one, Unreadable)]
    counts = [len(mails), len(emails), sum(isinstance(one, NotMail) for one in found), len(unreadable)]
    counts += [sum(one.is_cut for one in emails), sum(bool(one.defects) for one in emails)]
    counts += [sum(one.ahead for one in emails), sum(bool(one.bulk) for one in emails)]
    us = best_us(mails) if len(mails) >= MIN_MAILS else 0.0
    speed = [f"{us:.0f}", f"{1_000_000 / us:,.0f}"] if us else ["-", "-"]
    words = Counter(
        defect.split(": ")[0] if "cut:" not in defect else defect for one in emails for defect in one.defects
    )
    words.update(f"unreadable: {one.reason}" for one in unreadable)
    words.update(f"bulk: {one.bulk.split(':')[0]}" for one in emails if one.bulk)
    return f"{name:<24}" + "".join(f"{value:>11}" for value in (*map(str, counts), *speed)), words


def main(corpora: Path) -> None:
    """Print the table and the reasons."""
    print(f"{'':<24}" + "".join(f"{column:>11}" for column in COLUMNS))
    reasons: Counter[str] = Counter()
    folders = [path for path in sorted(corpora.iterdir()) if path.is_dir()]
    folders += sorted(path for path in (corpora / "spamassassin").glob("*") if path.is_dir())
    for folder in folders:
        if mails := raws(folder):
            line, found = row(folder.name, mails)
            print(line)
            reasons.update(found if folder.parent == corpora else {})
    for reason, count in reasons.most_common():
        print(f"{count:>8}  {reason}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/corpora"))
