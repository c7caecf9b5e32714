"""Pulling what a mailbox holds, from a real Dovecot."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice

import pytest
from imapclient import IMAPClient

from producer.sources.imap.looking import GROUP_MESSAGES
from producer.sources.imap.pulling import MailAccount
from producer.sources.source import Cursor, LeftOut, RawMail, SourceError
from tests.integration.imap.conftest import Mailbox, Shelf, mail, number_of
from tests.servers.tcp_proxy import TcpProxy


def pulled(source: MailAccount, shelf: Shelf | None = None) -> list[int]:
    """Return the numbers of the mails that a pull gives now, in order."""
    shelf = shelf or Shelf()
    before = len(shelf.numbers)
    shelf.take(source.mails(shelf.load))
    return shelf.numbers[before:]


def test_pull_reads_the_folders_that_hold_mail(box: Mailbox) -> None:
    """Sent mail and archives would be missing from conversations, or spam and drafts be analysed."""
    box.deliver([1, 2])
    for number, folder in enumerate(["Sent", "Archive/2026", "Bücher & Co", "Junk", "Trash", "Trash/old", "Entwürfe"]):
        if folder.isascii() and "&" not in folder:
            box.deliver([10 + number], folder)
        else:
            with box.client() as client:
                client.create_folder(folder)
                client.append(folder, mail(10 + number))
    source = box.source()
    assert source.count() == 5
    assert sorted(pulled(source)) == [1, 2, 10, 11, 12]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("inbox", [1]),
        ("Archive/%", [3]),
        ("Archive*", [3, 4]),
        ("\\Junk", [5]),
        ("*", [1, 2, 3, 4, 5]),
    ],
)
def test_pull_of_named_folders_reads_these_alone(box: Mailbox, folder: str, expected: list[int]) -> None:
    """A person could not choose what is read."""
    for number, name in enumerate(["INBOX", "Sent", "Archive/2026", "Archive/2026/May", "Junk"], 1):
        box.deliver([number], name)
    assert sorted(pulled(box.source(folder))) == expected


def test_pull_leaves_out_what_the_account_excludes(box: Mailbox) -> None:
    """Mail that somebody must not see would be stored."""
    box.deliver([1], "Private")
    box.deliver([2])
    box.server.deliver(box.user, mail(3).replace(b"ann@", b"bank@secret."))
    source = box.source(query="&exclude=Private&exclude=%40secret.x.example")
    assert pulled(source) == [2]
    assert sum(isinstance(found, LeftOut) for found in source.mails()) == 1, "it would not be said"


def test_folder_that_is_not_there_is_named_with_names_like_it(box: Mailbox) -> None:
    """A typing mistake would look like an empty folder."""
    box.deliver([1], "Archive/2026")
    with pytest.raises(SourceError, match=r"there is no folder Archives/2026; names like it: Archive/2026"):
        box.source("Archives/2026").count()


@pytest.mark.parametrize("name", [b'"S\xfcnt"', b"{17}\r\nx\r\nA1 DELETE Sent"])
def test_folder_whose_name_cannot_be_sent_is_named(box: Mailbox, proxy: TcpProxy, name: bytes) -> None:
    """One folder of an old program would end the whole pull; or its name be taken for a command."""
    box.deliver([1])
    box.deliver([2], "Sent")
    proxy.replaces = {rb'"/" Sent\r\n': b'"/" ' + name + b"\r\n"}
    shelf = Shelf()
    assert pulled(box.source(port=proxy.port), shelf) == [1]
    assert ["its name cannot be sent" in each.reason for each in shelf.named] == [True]
    assert pulled(box.source("Sent")) == [2]


def test_mail_has_its_bytes_its_address_and_its_time(box: Mailbox) -> None:
    """The ledger would not know where a mail came from, or when."""
    path = box.server.deliver(box.user, mail(7, "\xe9t\xe9 and a very long line " + "x" * 2_000), "Archive/2026")
    os.utime(path, (1_767_225_600, 1_767_225_600))
    source = box.source("Archive/2026", tls=True)
    (found,) = [each for each in source.mails() if isinstance(each, RawMail)]
    (cursor,) = {each.source for each in source.mails() if isinstance(each, Cursor)}
    host = f"{box.user}@localhost:{box.server.tls_port}"
    uidvalidity = box.client().folder_status("Archive/2026", ["UIDVALIDITY"])[b"UIDVALIDITY"]
    assert found.content == mail(7, "\xe9t\xe9 and a very long line " + "x" * 2_000)
    assert found.name == f"imaps://{host}/Archive/2026;UIDVALIDITY={uidvalidity}/;UID=1"
    assert found.arrived_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert cursor == f"imap:{host}/Archive/2026"


def test_pull_changes_nothing_in_the_mailbox(box: Mailbox) -> None:
    """Somebody's unread mail would be marked read because we looked at it."""
    box.deliver(range(3))
    with box.client() as client:
        client.select_folder("INBOX")
        client.set_flags([1], ["\\Flagged", "$own"])
        client.close_folder()
        before = flags(client)
        box.deliver([3])
        assert len(pulled(box.source("INBOX"))) == 4
        assert flags(client) == before | {4: {b"\\Recent"}}
    assert before[2] == set()


def flags(client: IMAPClient) -> dict[int, set[bytes]]:
    """Return the flags of all messages in the INBOX."""
    client.select_folder("INBOX", readonly=True)
    return {uid: set(each) for uid, each in client.get_flags(client.search()).items()}


def test_first_look_is_newest_first_and_goes_on_where_it_was(box: Mailbox, proxy: TcpProxy) -> None:
    """This morning's mail would wait behind ten years of it, or each start begin anew, or a line be too long."""
    box.fill(range(1, 1_201))
    shelf = Shelf()
    found = box.source("INBOX", port=proxy.port).mails(shelf.load)
    shelf.take(found, until=lambda: len(shelf.numbers) == 2 * GROUP_MESSAGES + 1)
    assert shelf.numbers == list(range(1_200, 799, -1))
    box.deliver([2_000])
    rest = pulled(box.source("INBOX", port=proxy.port), shelf)
    assert rest == [2_000, *range(800, 0, -1)], "the mail whose cursor was not stored comes again, no other"
    assert pulled(box.source("INBOX", port=proxy.port), shelf) == []
    assert max(map(len, bytes(proxy.heard).split(b"\r\n"))) < 8_192, "RFC 7162: servers need take no longer line"


def test_folder_that_has_not_changed_is_not_opened(box: Mailbox, proxy: TcpProxy) -> None:
    """Each start would open hundreds of folders for nothing."""
    box.deliver([1])
    shelf = Shelf()
    pulled(box.source("INBOX", port=proxy.port), shelf)
    proxy.heard.clear()
    pulled(box.source("INBOX", port=proxy.port), shelf)
    assert b" STATUS " in proxy.heard
    assert b" EXAMINE " not in proxy.heard


def test_folder_of_ten_thousand_comes_whole(box: Mailbox) -> None:
    """A large mailbox could not be read at all."""
    box.fill_with_one(10_000)
    source = box.source("INBOX")
    uids = [int(each.name.rpartition("=")[2]) for each in source.mails() if isinstance(each, RawMail)]
    assert source.count() == 10_000
    assert uids == list(range(10_000, 0, -1))


def test_uids_that_mean_other_mail_are_read_anew(box: Mailbox) -> None:
    """Mail in a folder that was made anew would never be seen."""
    box.deliver([1, 2, 3], "Work")
    shelf = Shelf()
    assert pulled(box.source("Work"), shelf) == [3, 2, 1]
    with box.client() as client:
        client.delete_folder("Work")
        client.create_folder("Work")
    box.deliver([4, 1], "Work")
    assert pulled(box.source("Work"), shelf) == [1, 4]
    assert pulled(box.source("Work"), shelf) == []


def test_folder_that_is_renumbered_at_every_look_is_left_alone(box: Mailbox, proxy: TcpProxy) -> None:
    """One broken folder would be fetched for ever, and the others never."""
    box.deliver([1])
    box.deliver([2], "Sent")
    shelf = Shelf()
    source = box.source("*", port=proxy.port)
    for changes in range(7):
        proxy.replaces = {rb"\[UIDVALIDITY \d+": b"[UIDVALIDITY %d" % (changes + 1)}
        shelf.take(source.mails(shelf.load))
        for cursor in shelf.cursors.values():
            assert isinstance(cursor, dict)
            cursor["status"] = {}
    assert sorted(shelf.numbers) == [1] * 6 + [2] * 6
    assert [each.name.rpartition("/")[2] for each in shelf.named] == ["INBOX", "Junk", "Sent", "Trash"]
    assert "numbered its messages anew (UIDVALIDITY) 6 times in a row" in shelf.named[0].reason


@pytest.mark.parametrize("said", [b"[UIDVALIDITY 0]", b"[X-NONE]"])
def test_server_without_uidvalidity_is_read_once_by_each_program(box: Mailbox, proxy: TcpProxy, said: bytes) -> None:
    """Its mail would never come, or come anew at every look."""
    box.deliver([1, 2])
    proxy.replaces = {rb"\[UIDVALIDITY \d+\]": said}
    source, shelf = box.source("INBOX", port=proxy.port), Shelf()
    assert pulled(source, shelf) == [2, 1]
    box.deliver([3])
    assert pulled(source, shelf) == [3]
    assert pulled(box.source("INBOX", port=proxy.port), shelf) == [3, 2, 1]


def test_mail_that_is_expunged_meanwhile_does_not_hide_other_mail(box: Mailbox) -> None:
    """Whoever tidies up during a first look would lose mail that was not read yet."""
    box.fill(range(1, 1_101))
    shelf = Shelf()
    found = box.source("INBOX").mails(shelf.load)
    shelf.take(found, until=lambda: len(shelf.numbers) == 10)
    with box.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([*range(50, 90), *range(560, 660), 1_000])
        client.expunge()
    shelf.take(found)
    assert {*range(1, 50), *range(90, 560), *range(660, 1_000), *range(1_001, 1_101)} <= set(shelf.numbers)
    assert len(shelf.numbers) == len(set(shelf.numbers))
    assert shelf.named == []
    assert box.said == []


def test_mail_that_was_moved_is_found_in_its_new_folder(box: Mailbox) -> None:
    """What is filed away before we look would be missing."""
    box.deliver([1, 2])
    shelf = Shelf()
    pulled(box.source("*"), shelf)
    with box.client() as client:
        client.create_folder("Filed")
        client.select_folder("INBOX")
        client.move([1], "Filed")
    assert pulled(box.source("*"), shelf) == [1]


def test_message_that_is_too_large_is_named_and_not_fetched(box: Mailbox, proxy: TcpProxy) -> None:
    """One message would fill the memory, or be missing without a word."""
    box.deliver([1, 2])
    box.deliver([3], body="x" * 1_000)
    proxy.replaces = {rb"RFC822.SIZE (\d{4})": rb"RFC822.SIZE 999999\1"}
    size = len(mail(3, "x" * 1_000))
    shelf = Shelf()
    assert pulled(box.source("INBOX", port=proxy.port), shelf) == [2, 1]
    assert [each.reason for each in shelf.named] == [f"of 999999{size} bytes: too large for a message"]
    assert pulled(box.source("INBOX", port=proxy.port), shelf) == []


def test_message_that_the_server_refuses_is_named_and_tried_again(box: Mailbox, proxy: TcpProxy) -> None:
    """One damaged message on the server would block a folder, or be missing without a word."""
    box.deliver([1, 2, 3])
    proxy.replaces_asked = {rb"UID FETCH ((\d,)*2(,\d)*) \(INTERNALDATE BODY.PEEK": rb"UID FETCH \1 (NONSENSE"}
    shelf, source = Shelf(), box.source("INBOX", port=proxy.port)
    assert pulled(source, shelf) == [3, 1]
    assert pulled(source, shelf) == []
    (named,) = shelf.named
    assert named.name.endswith("/;UID=2")
    assert "the server does not deliver it: " in named.reason
    assert "NONSENSE" in named.reason
    proxy.replaces_asked = {}
    assert pulled(source, shelf) == [], "once a program"
    assert pulled(box.source("INBOX", port=proxy.port), shelf) == [2]


def test_message_that_ends_the_connection_is_named_and_tried_again(box: Mailbox) -> None:
    """One message over which the server falls would block a folder."""
    box.deliver([1, 2, 3])
    with box.client() as client:
        client.select_folder("INBOX")  # the server knows the sizes now
        client.fetch([1, 2, 3], ["RFC822.SIZE"])
    damaged = next(path for path in (box.index_folder() / "cur").iterdir() if b"<2@" in path.read_bytes())
    damaged.chmod(0)
    shelf = Shelf()
    assert pulled(box.source("INBOX"), shelf) == [3, 1]
    assert [each.reason for each in shelf.named] == ["the connection ended 4 times while it was fetched"]
    damaged.chmod(0o644)
    assert pulled(box.source("INBOX"), shelf) == [2]


def test_hostile_literal_does_not_end_the_pull(box: Mailbox, proxy: TcpProxy) -> None:
    """A server could end us by announcing a message of ten gigabytes."""
    box.deliver([1])
    box.deliver([2], body="x" * 1_000)
    size = len(mail(2, "x" * 1_000))
    proxy.replaces = {rb"BODY\[\] \{%d\}" % size: b"BODY[] {9999999%d}" % size}
    shelf = Shelf()
    assert pulled(box.source("INBOX", port=proxy.port), shelf) == [1]
    assert [each.reason for each in shelf.named] == ["the connection ended 4 times while it was fetched"]
    assert all("sends more than" in words for words in box.said)


@pytest.mark.parametrize("cut_at", [1_500, 40_000, 90_000])
def test_connection_that_is_cut_is_made_anew(box: Mailbox, proxy: TcpProxy, cut_at: int) -> None:
    """A bad line would end an import, lose mail, or bring it twice."""
    box.deliver(range(1, 31), body="y" * 4_000)
    shelf = Shelf()
    proxy.cut_after(cut_at)
    assert sorted(pulled(box.source("INBOX", port=proxy.port), shelf)) == list(range(1, 31))
    assert proxy.connections == 2
    (words,) = box.said
    assert "trying again in" in words


def test_server_that_stays_silent_is_left(box: Mailbox, proxy: TcpProxy) -> None:
    """A connection that died without a word would hang for ever."""
    box.deliver([1])
    source = box.source("INBOX", port=proxy.port, query="&connect_timeout_s=0.3&read_timeout_s=0.3")
    found = source.mails()
    proxy.flows.clear()
    with suppress(StopIteration):
        next(found)  # it says that it waits
    proxy.flows.set()
    assert [number_of(each) for each in islice(found, 20) if isinstance(each, RawMail)] == [1]
    assert "timed out" in box.said[0]
