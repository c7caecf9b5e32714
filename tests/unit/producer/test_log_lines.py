"""Lines of logs that name forgotten mail."""

from __future__ import annotations

from pathlib import Path

from producer.log_lines import blank

MEMBER = """\
2026-11-24 08:00:01,000 INFO chainmail.worker joined
2026-11-24 08:00:02,000 ERROR chainmail.worker record email-chains.backlog/0/12: dead letter: of Ann's order
  the model said: of Ann's order
2026-11-24 08:00:03,000 ERROR chainmail.worker record email-chains.backlog/0/123: dead letter: another
"""


def test_blank_takes_exactly_the_lines_that_name_it(tmp_path: Path) -> None:
    """The file's path, or an error that quotes the mail, would stay; or the log lose what it says of others."""
    ingest, member, rotated = (tmp_path / name for name in ("ingest.log", "member-0.log", "member-0.log.1"))
    ingest.write_text("a: b/1.eml: cut: the end\na: b/1.eml.bak: not mail\na: not mail\n")
    member.write_text(MEMBER)
    rotated.write_text(MEMBER)
    assert blank(tmp_path, {"a: b/1.eml"}, {"email-chains.backlog/0/12"}) == 5
    assert ingest.read_text().splitlines() == [" " * 24, "a: b/1.eml.bak: not mail", "a: not mail"]
    for path in (member, rotated):
        first, second, third, fourth = path.read_text().splitlines()
        assert (second.strip(), third.strip()) == ("", "")
        assert first.endswith("joined")
        assert fourth.endswith("another")
        assert path.stat().st_size == len(MEMBER), "others append to it meanwhile"


def test_blank_of_a_home_without_logs_is_nothing(tmp_path: Path) -> None:
    """The first forget after an import by another host would fail."""
    assert blank(tmp_path / "logs", {"a"}, {"t/0/1"}) == 0
