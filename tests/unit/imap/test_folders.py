"""Which folders are read."""

from __future__ import annotations

import pytest

from producer.sources.imap.folders import Folder, choose, front_of
from producer.sources.source import SourceError


def folders(*names: str, separator: str = "/", **uses: str) -> list[Folder]:
    """Return folders; *uses* gives special uses to names (`All="[Gmail]/All Mail"`)."""
    flags = {name: frozenset({f"\\{use.lower()}"}) for use, name in uses.items()}
    return [Folder(name, name.encode(), separator, flags.get(name, frozenset())) for name in [*names, *uses.values()]]


def names(chosen: list[Folder]) -> list[str]:
    """Return the names, in order."""
    return [folder.name for folder in chosen]


def test_usual_folders_are_all_but_junk_trash_and_drafts() -> None:
    """Spam and unfinished mail would be analysed, or archives be missing."""
    listed = folders("Work", "INBOX", "Trash", "X/Old", Sent="S", Junk="X", Trash="Müll", Drafts="D")
    assert names(choose(listed)) == ["INBOX", "S", "Trash", "Work"], "a server that names its trash has no other"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["INBOX", "Papierkorb", "Entwürfe", "Gesendete Elemente", "Junk-E-Mail", "Spamverdacht"], 3),
        (["INBOX", "Corbeille", "Brouillons", "Courrier indésirable", "Éléments envoyés"], 2),
        (["INBOX", "INBOX/Trash", "INBOX/Spam", "INBOX/Drafts", "INBOX/Sent"], 2),
        (["INBOX", "Projects/Spam", "Projects"], 3),
        (["INBOX", "Deleted Items/2019", "Deleted Items"], 1),
    ],
)
def test_unwanted_folders_are_known_by_name_where_the_server_does_not_say(listed: list[str], expected: int) -> None:
    """Old servers' spam and trash would be analysed; or a project that is called Spam be left out."""
    assert len(choose(folders(*listed))) == expected


def test_gmail_is_read_by_all_mail_alone() -> None:
    """Each mail would be fetched once for each of its labels."""
    listed = folders("INBOX", "Label", All="[Gmail]/Alle Nachrichten", Junk="[Gmail]/Spam", Important="[Gmail]/Wichtig")
    assert names(choose(listed, is_gmail=True)) == ["[Gmail]/Alle Nachrichten"]
    assert names(choose(listed)) == ["INBOX", "Label"], "elsewhere it is a view that shows trash as well"


def test_new_mail_is_waited_for_where_it_shows_first() -> None:
    """IDLE would wait in a folder where nothing arrives."""
    assert front_of(choose(folders("Archive", "INBOX"))).name == "INBOX"
    assert front_of(choose(folders("INBOX", All="All"), ["\\All", "INBOX"])).name == "All"
    assert front_of(choose(folders("Archive", "Work"), ["Work"])).name == "Work"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["inbox"], ["INBOX"]),
        (["Archive/*"], ["Archive.2025", "Archive.2025.May"]),
        (["Archive.%"], ["Archive.2025"]),
        (["Archive/%"], ["Archive.2025"]),
        (["\\Sent", "INBOX"], ["INBOX", "Gesendet"]),
        (["\\junk"], ["Bulk"]),
        (["A[b]*"], ["A[b]c"]),
    ],
)
def test_patterns_choose_folders_as_imap_does(wanted: list[str], expected: list[str]) -> None:
    """A person could not choose folders on servers with other separators, or by their use."""
    listed = folders(
        "INBOX", "Archive", "Archive.2025", "Archive.2025.May", "Gesendet", "A[b]c", "Abc", separator=".", Junk="Bulk"
    )
    assert names(choose(listed, wanted)) == expected


def test_folders_that_hold_no_mail_are_passed_over() -> None:
    """The whole pull would end at a folder that cannot be opened."""
    listed = [*folders("INBOX"), Folder("[Gmail]", b"[Gmail]", "/", frozenset({"\\noselect"}))]
    assert names(choose(listed, ["*"])) == ["INBOX"]


def test_excluded_folders_are_left_out_also_where_they_are_named() -> None:
    """Mail that somebody must not see would be stored."""
    chosen = choose(folders("INBOX", "Private"), ["*"], leaves_out=lambda name: name == "Private")
    assert names(chosen) == ["INBOX"]


def test_missing_folder_is_an_error_with_names_like_it() -> None:
    """A typing mistake would read nothing, for months."""
    with pytest.raises(SourceError, match="no folder Archiv; names like it: Archive"):
        choose(folders("INBOX", "Archive"), ["INBOX", "Archiv"])
    with pytest.raises(SourceError, match=r"no folder \\Sent; there are: Archive, INBOX"):
        choose(folders("INBOX", "Archive"), ["\\Sent"])
    assert names(choose(folders("INBOX"), ["INBOX", "Gone"], strict=False)) == ["INBOX"]


def test_nothing_left_is_an_error() -> None:
    """A pull of nothing would look like an empty mailbox."""
    with pytest.raises(SourceError, match="no folder is left"):
        choose(folders("INBOX"), leaves_out=lambda _name: True)
