"""Mail in a zip."""

from __future__ import annotations

from pathlib import Path

import pytest

from producer.sources.recognise import open_source
from producer.sources.source import MAX_MESSAGE_BYTES, RawMail, SourceKind, UnreadableSource
from tests.mail_sources import MAIL, POSTMARK, read, zip_of


def test_zip_holds_messages_mboxes_and_maildirs(tmp_path: Path) -> None:
    """An export of a mail program would be unreadable."""
    members = {
        "b.eml": MAIL % b"b",
        "archive.mbox": POSTMARK + MAIL % b"one" + b"\n" + POSTMARK + MAIL % b"two",
        "Mail/cur/1:2,S": MAIL % b"cur",
        "Mail/new/2": MAIL % b"new",
        "Mail/tmp/3": MAIL % b"undelivered",
        "tmp/4": MAIL % b"other",
        "folder/": b"",
    }
    path = zip_of(tmp_path / "export.zip", members)
    assert read(path) == [
        ("!Mail/cur/1:2,S", MAIL % b"cur"),
        ("!Mail/new/2", MAIL % b"new"),
        ("!archive.mbox#1", MAIL % b"one"),
        ("!archive.mbox#2", MAIL % b"two"),
        ("!b.eml", MAIL % b"b"),
        ("!tmp/4", MAIL % b"other"),
    ]
    assert open_source(str(path)).count() == 5


def test_zip_keeps_members_longer_than_its_first_look(tmp_path: Path) -> None:
    """Long mails in a zip would be cut."""
    long = MAIL % b"long" + b"x" * 100_000
    assert read(zip_of(tmp_path / "a.zip", {"a": long, "b": POSTMARK + long})) == [("!a", long), ("!b#1", long)]


def test_zip_names_a_broken_member_and_reads_the_others(tmp_path: Path) -> None:
    """One bad sector would lose a whole export."""
    path = zip_of(tmp_path / "a.zip", {"a": MAIL % (b"a" * 3_000), "b": MAIL % b"b"})
    content = bytearray(path.read_bytes())
    content[35:40] = b"\xff\xff\xff\xff\xff"
    path.write_bytes(content)
    (first, reason), second = read(path)
    assert first == "!a"
    assert str(reason).startswith("cannot be unpacked: ")
    assert second == ("!b", MAIL % b"b")


def test_zip_names_an_encrypted_member(tmp_path: Path) -> None:
    """A zip with a password would end the import."""
    path = zip_of(tmp_path / "a.zip", {"a": MAIL})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    ((name, reason),) = read(path)
    assert name == "!a"
    assert "encrypted" in str(reason)


@pytest.mark.parametrize("keep", [4, 30, 100])
def test_zip_that_is_cut_is_named(tmp_path: Path, keep: int) -> None:
    """A download that broke off would end the import."""
    path = zip_of(tmp_path / "a.zip", {"a": MAIL * 10})
    path.write_bytes(path.read_bytes()[:keep])
    ((name, reason),) = read(path)
    assert (name, str(reason).startswith("not a readable zip: ")) == ("", True)
    assert open_source(str(path)).count() == 1


def test_zip_member_that_is_too_large_is_named(tmp_path: Path) -> None:
    """A zip bomb would fill the memory."""
    path = zip_of(tmp_path / "bomb.zip", {"a": MAIL})
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (MAX_MESSAGE_BYTES + 1).to_bytes(4, "little")
    path.write_bytes(content)
    assert read(path) == [("!a", "268435457 bytes are too many for one message")]


@pytest.mark.parametrize("position", range(0, 200, 7))
def test_zip_with_any_byte_changed_ends_in_words(tmp_path: Path, position: int) -> None:
    """Damage of some kind would end in a stack trace."""
    path = zip_of(tmp_path / "a.zip", {"a": MAIL % b"a", "b": MAIL % b"b"})
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= 0xFF
    path.write_bytes(content)
    for found in open_source(str(path), SourceKind.ZIP).mails():
        assert isinstance(found, RawMail | UnreadableSource)
