"""Other programs' answers to which emails belong together, against our grouping.

The sets disagree with each other (RFC 5256 keeps apart what notmuch joins), so no program agrees with
all; which cases we answer otherwise, and why, stands here and in docs/decisions/015.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from producer import headers
from producer.chains import ChainShape, group
from producer.parse import parse
from producer.reading import member_of
from producer.references import refs_of
from producer.sources.recognise import open_source
from producer.sources.source import RawMail
from schemas.chain import Email
from schemas.member import Member

Case = dict[str, Any]
Partition = set[frozenset[str]]


def cases(corpora: Path, name: str) -> dict[str, Case]:
    """Return the cases of a set by name."""
    found = json.loads((corpora / "threads_expected" / name).read_text("utf-8"))["cases"]
    return {case.get("test") or case["name"]: case for case in found}


def member(case: Case, key: str) -> Member:
    """Return what grouping sees of a message that a set describes by its headers."""
    message_id = next(iter(headers.ids(_in_brackets(case["message_id"] or ""))), None)
    references = headers.ids(case["references"] or "", without=message_id)
    in_reply_to = headers.ids(case["in_reply_to"] or "", without=message_id)[:1]
    return Member(
        email_id=key,
        node=message_id or f"sha256:{key}",
        refs=refs_of(references, in_reply_to),
        sent_at=None,
        subject=case["subject"] or "",
    )


def _in_brackets(message_id: str) -> str:
    return message_id if message_id.startswith("<") or not message_id else f"<{message_id}>"


def partition(shapes: Iterable[ChainShape], of: Callable[[Member], str]) -> Partition:
    """Return which emails belong together, each named by *of*."""
    return {frozenset(map(of, shape.members)) for shape in shapes}


def read(path: Path) -> list[Member]:
    """Return the members in a mailbox."""
    emails = [parse(mail.content) for mail in open_source(str(path)).mails() if isinstance(mail, RawMail)]
    return [member_of(email) for email in emails if isinstance(email, Email)]


def say(name: str, agreeing: Collection[str], found: Collection[str], differs: Mapping[str, str]) -> None:
    """Print how many cases agree, and why the others do not (`pytest -s` shows it)."""
    print(f"{name}: {len(agreeing)} of {len(found)} agree")
    for case in sorted(set(found) - set(agreeing)):
        print(f"  {case}: {differs.get(case, 'UNEXPECTED')}")


def imaptest_agrees(case: Case) -> bool:
    """Play the steps of a case and compare the groups after each."""
    waiting = [(str(message["seq"]), member(message, str(message["seq"]))) for message in case["messages"]]
    box: list[Member] = []
    if not case["setup"].startswith("stepwise"):
        box, waiting = [found for _, found in waiting], []
    deleted: set[int] = set()
    for step in case["expected_steps"]:
        for command in step["after"]:
            if command == "append":
                box.append(waiting.pop(0)[1])
            elif command.startswith("store "):
                deleted = {int(number) for number in command.split()[1].split(",")}
            elif command == "expunge":
                box = [found for number, found in enumerate(box, 1) if number not in deleted]
        numbers = {found.email_id: str(number) for number, found in enumerate(box, 1)}
        expected = {frozenset(map(str, numbers_of)) for numbers_of in step["groups_by_seq"]}
        if partition(group(box), lambda found, numbers=numbers: numbers[found.email_id]) != expected:  # type: ignore[misc] # bound now
            return False
    return True


#: What RFC 5256 answers otherwise.
IMAPTEST_DIFFERS = {
    "thread": "RFC 5256 drops a reference where References contradict each other; we join, as notmuch does",
    "thread2": "the same Message-ID twice: RFC 5256 parts them, we keep both in one chain (design §3)",
    "thread4": "an answer to unseen mail joins by its subject (step 5 of REFERENCES); nobody is named in either",
    "thread-orderedsubject": "ORDEREDSUBJECT joins by the subject alone, of one letter, in mail without people",
    "thread-orderedsubject2": "ORDEREDSUBJECT joins by the subject alone, of one letter, in mail without people",
}


def test_imaptest_agrees_but_where_we_mean_otherwise(corpora: Path) -> None:
    """A change of grouping would go unnoticed until users see torn or mixed conversations."""
    found = cases(corpora, "imaptest_rfc5256.json")
    agreeing = {name for name, case in found.items() if imaptest_agrees(case)}
    say("imaptest", agreeing, found, IMAPTEST_DIFFERS)
    assert agreeing == found.keys() - IMAPTEST_DIFFERS.keys()


#: What JWZ's algorithm answers otherwise.
PERL_DIFFERS = {
    "4.t": "subjects are switched off in this test; we join an answer without references by subject and people",
    "9.t": "an answer without references joins by its subject; it shares no address with the rest but the list's",
}


def perl_agrees(corpora: Path, case: Case) -> bool:
    """Compare the groups of the messages at hand, by Message-ID; a set without groups must only end."""
    members = read(corpora / case["mbox"])
    shapes = group(members)
    known = {found.node for found in members}
    expected = {frozenset(known.intersection(nodes)) for nodes in case["groups"]}
    if not expected:
        return case["rootset"] in {None, len(shapes)}
    return partition(shapes, lambda found: found.node) == expected


def test_perl_mail_thread_agrees_but_where_we_mean_otherwise(corpora: Path) -> None:
    """Conversations with lost mail in the middle would be torn apart, or a loop would never end."""
    found = cases(corpora, "perl_mail_thread_jwz.json")
    agreeing = {name for name, case in found.items() if perl_agrees(corpora, case)}
    say("perl Mail::Thread", agreeing, found, PERL_DIFFERS)
    assert agreeing == found.keys() - PERL_DIFFERS.keys()


def notmuch_agrees(corpora: Path, case: Case) -> bool:
    """Compare groups, or play the steps, or try all trees: as the case is written."""
    if "rule" in case:
        return all(_tree_is_one_chain(parents) for parents in itertools.product(*(range(n) for n in range(1, 5))))
    if "steps" in case:
        return _steps_agree(case)
    if "files" in case:
        found = partition(group(read(corpora / case["files"])), lambda one: one.node)
        return all(frozenset(nodes) in found for nodes in case["groups"])
    members = [member(message, message["message_id"]) for message in case["messages"]]
    return partition(group(members), lambda one: one.node) == {frozenset(nodes) for nodes in case["groups"]}


def _tree_is_one_chain(parents: tuple[int, ...]) -> bool:
    """*parents* holds for each message but the first the number of the one that it answers."""
    root = Member(email_id="0", node="0", refs=(), sent_at=None, subject="")
    answers = (
        Member(email_id=str(number), node=str(number), refs=(str(parent),), sent_at=None, subject="")
        for number, parent in enumerate(parents, 1)
    )
    return len(group([*answers, root])) == 1


def _steps_agree(case: Case) -> bool:
    known = {
        message["message_id"].partition("@")[0]: member(message, message["message_id"]) for message in case["messages"]
    }
    box: dict[str, Member] = {}
    ids: set[str] = set()
    for step in case["steps"]:
        operation, name = step["op"].split()
        box = {**box, name: known[name]} if operation == "add" else {k: v for k, v in box.items() if k != name}
        shapes = group(box.values())
        ids |= {shape.chain_id for shape in shapes}
        ghosts = sum(len(shape.ghosts) for shape in shapes)
        if len(shapes) != step["threads"] or ghosts != step.get("ghosts", ghosts):
            return False
    return len(ids) == 1


def test_notmuch_agrees_in_all_cases(corpora: Path) -> None:
    """Odd In-Reply-To fields, ghosts or deleted mail would tear conversations that notmuch shows whole."""
    found = cases(corpora, "notmuch_cases.json")
    agreeing = {name for name, case in found.items() if notmuch_agrees(corpora, case)}
    say("notmuch", agreeing, found, {})
    assert agreeing == found.keys()


@pytest.mark.parametrize(
    ("name", "folder"),
    [("lkml", "notmuch/lkml"), ("nm_default", "notmuch/default"), ("nm_threading", "notmuch/threading")],
)
def test_notmuch_groups_whole_mailboxes_as_we_do(corpora: Path, name: str, folder: str) -> None:
    """On real lists our chains would differ from those that readers of the list see."""
    expected = json.loads((corpora / "threads_expected" / "peer_notmuch" / f"{name}.json").read_text("utf-8"))["groups"]
    found = partition(group(read(corpora / folder)), lambda one: one.node)
    assert found == {frozenset(nodes) for nodes in expected}
