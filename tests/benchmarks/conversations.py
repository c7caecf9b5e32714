"""How many conversations each rule finds in real mail, and what the subject finds where headers are missing.

Run it as `python -m tests.benchmarks.conversations [CORPORA]`; it prints the table of docs/conversations.md.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import comb
from pathlib import Path

from producer.chains import ChainShape, group
from producer.parse import parse
from producer.reading import member_of
from producer.sources.recognise import open_source
from producer.sources.source import RawMail
from producer.subjects import base_subject
from schemas.chain import Email
from schemas.member import Member

_CORPORA = Path("../shared/corpora")
_SETS = {
    "SpamAssassin easy_ham (lists)": ("spamassassin/easy_ham", "spamassassin/easy_ham_2"),
    "notmuch lkml": ("notmuch/lkml",),
    "Enron Berkeley (business)": ("enron_berkeley_labelled",),
}


@dataclass(frozen=True)
class Score:
    """Of pairs of emails that belong together: how many were found, and how many of those found do belong together."""

    recall: float
    precision: float


def read(*folders: Path) -> tuple[list[Member], dict[str, str]]:
    """Return the members in *folders* that are there, and the base subject of each by email id."""
    emails: dict[str, Email] = {}
    for folder in folders:
        if folder.exists():
            parsed = (parse(mail.content) for mail in open_source(str(folder)).mails() if isinstance(mail, RawMail))
            emails.update((email.email_id, email) for email in parsed if isinstance(email, Email))
    subjects = {email_id: base_subject(email.subject)[0] for email_id, email in emails.items()}
    return [member_of(email) for email in emails.values()], subjects


def by_headers(members: Iterable[Member]) -> list[ChainShape]:
    """Group by references and ids of providers alone."""
    return group([replace(member, subject_key="") for member in members])


def naive(members: Iterable[Member], subjects: dict[str, str]) -> list[ChainShape]:
    """Group by headers and by the same base subject, without any guard."""
    bare = [replace(member, subject_key="") for member in members]
    keys = {member.email_id: subjects[member.email_id] for member in bare}
    return group(
        replace(member, thread_keys=(*member.thread_keys, f"subject:{keys[member.email_id]}"))
        if keys[member.email_id]
        else member
        for member in bare
    )


def without_headers(members: Iterable[Member]) -> list[Member]:
    """Return *members* as if no mail program wrote references: what says that it answers has its subject alone."""
    return [replace(member, refs=(), thread_keys=(), seeks=member.seeks or bool(member.refs)) for member in members]


def score(found: list[ChainShape], truth: list[ChainShape]) -> Score:
    """Compare all pairs of emails in one chain."""
    true_chain = {member.email_id: shape.chain_id for shape in truth for member in shape.members}
    in_truth = sum(comb(len(shape.members), 2) for shape in truth)
    in_found = sum(comb(len(shape.members), 2) for shape in found)
    both = sum(
        comb(count, 2)
        for shape in found
        for count in Counter(true_chain[member.email_id] for member in shape.members).values()
    )
    return Score(recall=both / in_truth if in_truth else 1, precision=both / in_found if in_found else 1)


def main() -> None:
    """Print the table, then the score of the subject alone on the lists."""
    corpora = Path(sys.argv[1]) if len(sys.argv) > 1 else _CORPORA
    print("| corpus | emails | by headers | + same base subject | + guarded | largest | of more than one | grouping |")
    print("|---|---|---|---|---|---|---|---|")
    for name, folders in _SETS.items():
        members, subjects = read(*(corpora / folder for folder in folders))
        before_s = time.perf_counter()
        guarded = group(members)
        took_s = time.perf_counter() - before_s
        sizes = [len(shape.members) for shape in guarded]
        print(
            f"| {name} | {len(members):,} | {len(by_headers(members)):,} | {len(naive(members, subjects)):,} "
            f"| {len(guarded):,} | {max(sizes)} | {sum(size > 1 for size in sizes)} | {took_s * 1000:.0f} ms |"
        )
    members, subjects = read(*(corpora / folder for folder in next(iter(_SETS.values()))))
    told = [member for member in members if not member.seeks]  # of the others, headers do not tell where they belong
    truth = by_headers(told)
    bare = without_headers(told)
    for name, found in (("guarded", group(bare)), ("naive", naive(bare, subjects))):
        result = score(found, truth)
        print(
            f"headers removed, {name}: {len(found):,} chains for {len(truth):,}; "
            f"recall {result.recall:.1%}, precision {result.precision:.1%} of pairs"
        )


if __name__ == "__main__":
    main()
