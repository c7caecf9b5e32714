"""Where mail lies: folders, Maildirs, mboxes, single files."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from producer.sources.files import walk
from producer.sources.mbox import split
from producer.sources.recognise import kind_of, open_source
from producer.sources.source import MAX_MESSAGE_BYTES, RawMail, SourceError, SourceKind, UnreadableSource
from tests.mail_sources import MAIL, POSTMARK, POSTMARK_AT, read, write, zip_of

# --- which kind it is


def test_kind_is_recognised(tmp_path: Path) -> None:
    """A user would have to say what lies in his own folder."""
    (tmp_path / "maildir" / "cur").mkdir(parents=True)
    (tmp_path / "maildir" / "new").mkdir()
    (tmp_path / "folder").mkdir()
    assert kind_of(tmp_path / "maildir") is SourceKind.MAILDIR
    assert kind_of(tmp_path / "folder") is SourceKind.FOLDER
    assert kind_of(zip_of(tmp_path / "mail.dat", {"a.eml": MAIL})) is SourceKind.ZIP
    assert kind_of(zip_of(tmp_path / "empty.zip", {})) is SourceKind.ZIP
    assert kind_of(write(tmp_path / "archive", POSTMARK + MAIL)) is SourceKind.MBOX
    assert kind_of(write(tmp_path / "mail.mbox", MAIL)) is SourceKind.EML
    assert kind_of(write(tmp_path / "empty", b"")) is SourceKind.EML


def test_kind_can_be_forced(tmp_path: Path) -> None:
    """A mail that looks like an mbox could not be read as the one message that it is."""
    path = write(tmp_path / "mail", POSTMARK + MAIL % b"s" + b"\n" + POSTMARK + MAIL % b"t")
    assert len(read(path)) == 2
    assert read(path, SourceKind.EML) == [("", path.read_bytes())]
    assert read(write(tmp_path / "plain"), SourceKind.MBOX) == [("#1", MAIL % b"s")]


def test_forced_zip_that_is_none_is_named(tmp_path: Path) -> None:
    """A wrong `--kind` would end in a stack trace."""
    ((name, reason),) = read(write(tmp_path / "plain"), SourceKind.ZIP)
    assert (name, reason) == ("", "not a readable zip: File is not a zip file")


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("nowhere", None, "there is no such file or folder"),
        ("https://x.example/INBOX", None, "mail servers are named imaps://user@host/FOLDER"),
        (".", SourceKind.MBOX, "is a folder, so it cannot be taken for mbox"),
        ("mail", SourceKind.MAILDIR, "is a file, so it cannot be taken for maildir"),
    ],
)
def test_open_source_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: SourceKind | None, words: str
) -> None:
    """A typing mistake would end in a stack trace, or in an import of nothing."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "mail")
    with pytest.raises(SourceError, match=words):
        open_source(name, kind)


# --- a single file


def test_eml_is_its_bytes(tmp_path: Path) -> None:
    """The ledger would keep something else than the mail."""
    path = write(tmp_path / "a.eml", b"Subject: s\r\n\r\nx\xff\r\n")
    assert read(path) == [("", b"Subject: s\r\n\r\nx\xff\r\n")]
    assert open_source(str(path)).count() == 1


def test_file_that_is_too_large_is_named(tmp_path: Path) -> None:
    """A disk image among the mail would fill the memory."""
    path = write(tmp_path / "disk.img")
    os.truncate(path, MAX_MESSAGE_BYTES + 1)
    assert read(path) == [("", "268435457 bytes are too many for one message")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_named(tmp_path: Path) -> None:
    """One private file would end the import of a folder."""
    write(tmp_path / "secret.eml").chmod(0)
    assert read(tmp_path) == [("secret.eml", "cannot be read: Permission denied")]


# --- a folder


def test_folder_is_read_through_whatever_the_names(tmp_path: Path) -> None:
    """Mail with an odd file name, hidden or deep down would be left out."""
    names = ["1.eml", "02:2,S", ".hidden", "no extension", "Größe ✉.EML", "new\nline", "-rf", "deep/er/x.txt", "%d#1!x"]
    for name in names:
        write(tmp_path / name, MAIL % name.encode())
    found = read(tmp_path)
    assert dict(found) == {name: MAIL % name.encode() for name in names}
    assert open_source(str(tmp_path)).count() == len(names)
    assert read(tmp_path) == found


def test_folder_takes_names_that_are_no_text(tmp_path: Path) -> None:
    """A file name in another encoding would end the import when it is printed or stored."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9.eml")).write_bytes(MAIL)
    assert read(tmp_path) == [("\ufffdt\ufffd.eml", MAIL)]


def test_folder_opens_the_mboxes_and_zips_in_it(tmp_path: Path) -> None:
    """An archive among single mails would be one mail, or none."""
    write(tmp_path / "archive", POSTMARK + MAIL % b"one" + b"\n" + POSTMARK + MAIL % b"two")
    zip_of(tmp_path / "z.bin", {"a.eml": MAIL % b"three"})
    assert read(tmp_path) == [
        ("archive#1", MAIL % b"one"),
        ("archive#2", MAIL % b"two"),
        ("z.bin!a.eml", MAIL % b"three"),
    ]


def test_folder_reads_a_large_mbox(tmp_path: Path) -> None:
    """An archive of gigabytes would be refused as too large for one message."""
    path = write(tmp_path / "archive", POSTMARK + MAIL % b"one" + b"\n" + POSTMARK + MAIL % b"two")
    os.truncate(path, MAX_MESSAGE_BYTES + 1_000)
    assert next(open_source(str(tmp_path)).mails()) == RawMail(f"{path}#1", MAIL % b"one", POSTMARK_AT)


def test_folder_names_links_to_nothing_and_what_is_no_file(tmp_path: Path) -> None:
    """What cannot be read would be missing without a word, or block the import for ever."""
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert read(tmp_path) == [
        ("broken", "cannot be read: No such file or directory"),
        ("pipe", "is no regular file"),
    ]


def test_folder_follows_links_and_ends_on_loops(tmp_path: Path) -> None:
    """Mail behind a link would be left out, or a link to itself would never end."""
    write(tmp_path / "elsewhere" / "a.eml")
    mail = tmp_path / "mail"
    write(mail / "b.eml")
    (mail / "link").symlink_to(tmp_path / "elsewhere")
    (mail / "again").symlink_to(tmp_path / "elsewhere")
    (mail / "loop").symlink_to(mail)
    names = [name for name, _ in read(mail)]
    assert names == ["b.eml", "again/a.eml"]


def test_walk_names_a_folder_that_is_gone(tmp_path: Path) -> None:
    """A folder that cannot be entered would be empty without a word."""
    (found,) = walk(tmp_path / "gone")
    assert found == UnreadableSource(str(tmp_path / "gone"), "cannot be read: No such file or directory")


def test_empty_folder_holds_nothing(tmp_path: Path) -> None:
    """An empty folder would end in an error."""
    assert read(tmp_path) == []


# --- a Maildir


def test_maildir_is_read_with_its_subfolders(tmp_path: Path) -> None:
    """Unread mail, Sent mail or nested folders would be left out."""
    names = ["cur/1:2,S", "new/2", ".Sent/cur/3:2,", ".Sent.2026/new/4", "nested/cur/5", "nested/new/6"]
    for name in names:
        write(tmp_path / name, MAIL % name.encode())
    assert kind_of(tmp_path) is SourceKind.MAILDIR
    assert dict(read(tmp_path)) == {name: MAIL % name.encode() for name in names}


@pytest.mark.parametrize("kind", [SourceKind.MAILDIR, SourceKind.FOLDER])
def test_undelivered_mail_is_passed_over(tmp_path: Path, kind: SourceKind) -> None:
    """Half a mail would be taken while it is being delivered."""
    for name in ("cur/1", "new/2", "tmp/3", ".Sent/cur/4", ".Sent/tmp/5"):
        write(tmp_path / name)
    assert sorted(name for name, _ in read(tmp_path, kind)) == [".Sent/cur/4", "cur/1", "new/2"]


def test_folder_called_tmp_is_read_where_it_is_no_maildirs(tmp_path: Path) -> None:
    """Mail in a folder that happens to be called tmp would be left out."""
    write(tmp_path / "tmp" / "a.eml")
    assert [name for name, _ in read(tmp_path)] == ["tmp/a.eml"]


def test_maildir_message_is_never_divided(tmp_path: Path) -> None:
    """A mail that quotes an mbox would become several."""
    content = POSTMARK + MAIL % b"s" + b"\n" + POSTMARK + MAIL % b"t"
    write(tmp_path / "cur" / "1", content)
    write(tmp_path / "new" / "2")
    assert ("cur/1", content) in read(tmp_path)


def test_files_beside_cur_and_new_are_looked_at(tmp_path: Path) -> None:
    """Mail that somebody put beside them would be missing without a word."""
    write(tmp_path / "cur" / "1")
    (tmp_path / "new").mkdir()
    write(tmp_path / "02:2,")
    assert [name for name, _ in read(tmp_path)] == ["02:2,", "cur/1"]


# --- an mbox


def messages(content: bytes) -> list[bytes]:
    """Return the messages of an mbox."""
    return [mail.content for mail in split(io.BytesIO(content), "m")]


def test_mbox_is_divided_and_numbered() -> None:
    """Messages of an archive would run into each other, or nobody could find one by its number."""
    content = POSTMARK + b"Subject: a\n\none\n\n" + POSTMARK + b"Subject: b\n\ntwo\n"
    assert list(split(io.BytesIO(content), "m")) == [
        RawMail("m#1", b"Subject: a\n\none\n", POSTMARK_AT),
        RawMail("m#2", b"Subject: b\n\ntwo\n", POSTMARK_AT),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"From the beginning of 2026 we have it",
        b"From: not a postmark 2026",
        b">From ann@x.example Mon Nov  2 08:00:00 2026",
        b"From here on, Mon, nothing",
        b"From ann",
        b"From  Mon Nov  2 08:00:00 2026",
    ],
)
def test_from_in_a_text_divides_nothing(line: bytes) -> None:
    """One mail would become two, of which the second is no mail."""
    content = POSTMARK + b"Subject: a\n\none\n\n" + line + b"\nand more\n"
    assert messages(content) == [b"Subject: a\n\none\n\n" + line + b"\nand more\n"]


def test_from_with_a_year_divides_where_a_blank_line_and_a_header_are_around_it() -> None:
    """Archives of programs with another date in their postmarks would be one message."""
    content = POSTMARK + b"Subject: a\n\none\n\nFrom ann 2026-11-02\nSubject: b\n\ntwo\n"
    assert messages(content) == [b"Subject: a\n\none\n", b"Subject: b\n\ntwo\n"]


def test_from_with_a_year_alone_divides_nothing() -> None:
    """A paragraph that begins with "From 2026 on" would be a message of its own."""
    content = POSTMARK + b"Subject: a\n\none\nFrom x in 2026\nNote: this is text\n"
    assert len(messages(content)) == 1


def test_postmark_divides_without_a_blank_line_before_it() -> None:
    """Archives written without blank lines would be one message."""
    content = POSTMARK + b"Subject: a\n\none\n" + POSTMARK + b"Subject: b\n\ntwo\n"
    assert messages(content) == [b"Subject: a\n\none\n", b"Subject: b\n\ntwo\n"]


def test_postmark_divides_without_a_header_behind_it() -> None:
    """A message without headers would be hidden in the one before it."""
    content = POSTMARK + b"Subject: a\n\none\n\n" + POSTMARK + b"\ntwo\n\n" + POSTMARK + b"Subject: c\n\n"
    assert messages(content) == [b"Subject: a\n\none\n", b"\ntwo\n", b"Subject: c\n"]


@pytest.mark.parametrize(
    "postmark",
    [
        b"From ann@x.example Mon Nov  2 08:00:00 2026",
        b"From ann@x.example  Mon Nov 12 08:00 2026",
        b"From ann@x.example Mon Nov  2 08:00:00 2026 +0200",
        b"From ann@x.example Mon Nov  2 08:00:00 CET 2026",
        b"From - Mon Nov 02 08:00:00 2026",
        b"From MAILER-DAEMON Mon Nov  2 08:00:00 2026\r",
    ],
)
def test_postmarks_of_all_programs_are_known(postmark: bytes) -> None:
    """Archives of Thunderbird, mutt or a server would be one message."""
    content = (postmark + b"\nSubject: a\n\none\n") * 2
    assert len(messages(content)) == 2


def test_mbox_with_crlf_is_divided() -> None:
    """Archives from Windows would be one message."""
    content = (POSTMARK + b"Subject: a\n\none\n\n").replace(b"\n", b"\r\n")
    assert messages(content * 2) == [b"Subject: a\r\n\r\none\r\n"] * 2


def test_mbox_loses_the_blank_line_that_divides_and_no_other() -> None:
    """The same mail would have other bytes in an archive than in a Maildir."""
    assert messages(POSTMARK + b"Subject: a\n\none\n\n\n\n" + POSTMARK + b"Subject: b\n") == [
        b"Subject: a\n\none\n\n\n",
        b"Subject: b\n",
    ]


@pytest.mark.parametrize("content", [b"", POSTMARK])
def test_mbox_without_messages_holds_none(content: bytes) -> None:
    """An empty archive would hold an email."""
    assert messages(content) == []


def test_mbox_that_is_gone_is_named(tmp_path: Path) -> None:
    """A file that was moved during the import would end it."""
    path = write(tmp_path / "archive", POSTMARK)
    source = open_source(str(path))
    path.unlink()
    (found,) = source.mails()
    assert found == UnreadableSource(str(path), "cannot be read: No such file or directory")
