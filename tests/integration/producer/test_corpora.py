"""Every file of every folder of real mail, into a real ledger: no crash, nothing left out without a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from producer.counts import Counts
from producer.ingest import Ledger, ingest
from producer.sources.recognise import open_source
from producer.sources.source import RawMail, Source, UnreadableSource
from storage.engine import Database

_NUMBER = re.compile(r"#\d+$")


def noted(source: Source, names: list[str]) -> Iterator[RawMail | UnreadableSource]:
    """Yield what a source yields, and note the names."""
    for found in source.mails():
        names.append(found.name)
        yield found


def take(database: Database, folder: Path) -> tuple[Counts, list[str]]:
    """Ingest a folder; return the counts and the names of all that was seen."""
    counts, names = Counts(), list[str]()
    for _taken in ingest(Ledger(database, "t", counts), noted(open_source(str(folder)), names)):
        pass
    return counts, names


def check(folder: Path, counts: Counts, names: list[str]) -> None:
    """Assert that every file of *folder* was seen, and everything that was seen is counted or named."""
    files = {str(path) for path in folder.rglob("*") if path.is_file()}
    assert {name if name in files else _NUMBER.sub("", name) for name in names} == files
    assert len(names) == counts.messages + counts.not_mail
    assert counts.messages == counts.emails + counts.duplicates + counts.unreadable
    assert len(counts.complaints) == counts.not_mail + counts.unreadable
    assert all(complaint.startswith(str(folder)) for complaint in counts.complaints)


def test_every_file_of_all_corpora_is_taken_or_named(corpora: Path, ledger: Database) -> None:
    """Some real mail would end the import, or be dropped without a word."""
    counts, names = take(ledger, corpora)
    check(corpora, counts, names)
    assert counts.unreadable == 0
    assert counts.emails > 4_000
    again, _ = take(ledger, corpora)
    assert (again.emails, again.duplicates, again.not_mail) == (0, counts.messages, counts.not_mail)


def test_every_folder_of_the_corpora_is_taken_by_itself(corpora: Path, new_ledger: Callable[[], Database]) -> None:
    """A folder that is recognised as something else than what it is would lose mail."""
    large = {"spamassassin", "enron_berkeley_labelled"}  # taken as parts of the whole above
    folders = [path for path in corpora.rglob("*") if path.is_dir() and large.isdisjoint(path.parts)]
    assert folders
    for folder in folders:
        database = new_ledger()
        counts, names = take(database, folder)
        check(folder, counts, names)
        database.close()
