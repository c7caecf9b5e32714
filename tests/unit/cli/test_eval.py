"""`chainmail eval`: files in, lines and figures out, exit codes that say what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chainmail.cli import predicting
from chainmail.cli.app import app
from chainmail.cli.mail_files import files_in
from chainmail.cli.speech import Exit, Stop
from consumer.evaluation.cases import SetError
from consumer.evaluation.fitting import FitError
from tests.mailbox import mail, write_folder

DEMO_CHAINS = 15


def invoke(*words: str | Path) -> str:
    """Run `chainmail eval --no-llm` with *words*; return its stdout, raise what it raises."""
    result = CliRunner().invoke(app, ["eval", "--no-llm", *map(str, words)], catch_exceptions=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def lines(out: Path) -> list[dict[str, object]]:
    """Return the lines that --predict wrote."""
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def test_files_folders_and_patterns_are_read_in_their_order(tmp_path: Path) -> None:
    """A shell that knows no patterns would find no mail."""
    folder = write_folder(tmp_path / "in", 3)
    (tmp_path / "one.txt").write_bytes(mail(9))
    out = tmp_path / "P.jsonl"
    invoke("--predict", tmp_path / "one.txt", folder, tmp_path / "in" / "00*.eml", "--out", out)
    assert [line["id"] for line in lines(out)] == ["one", "000-0", "001-0", "002-0"]
    assert all(line["amounts"] for line in lines(out))


def test_bad_files_are_named_after_all_others_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One damaged file would cost the figures of a thousand."""
    folder = write_folder(tmp_path / "in", 2)
    (folder / "notes").write_bytes(b"1,1,3\n")
    (tmp_path / "empty.eml").write_bytes(b"")
    out = tmp_path / "P.jsonl"
    with pytest.raises(Stop) as stop:
        invoke("--predict", tmp_path / "gone.eml", tmp_path / "empty.eml", folder, "--out", out)
    assert stop.value.code is Exit.FAILURES
    assert len(lines(out)) == 2


def test_many_files_are_read_by_other_processes_too_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of the processes would be mixed up."""
    monkeypatch.setattr(predicting, "_WORTH", 4)
    monkeypatch.setattr(predicting, "_BATCH", 2)
    folder = write_folder(tmp_path / "in", 7)
    out = tmp_path / "P.jsonl"
    invoke("--predict", folder, "--out", out)
    assert [line["id"] for line in lines(out)] == [path.stem for path in files_in(str(folder))]


@pytest.mark.parametrize("words", [["--predict"], ["--predict", "--out", "P.jsonl"], ["--compare", "A.json"]])
def test_what_lacks_is_said(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that does nothing would seem to have done it."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Stop) as stop:
        invoke(*words)
    assert stop.value.code is Exit.USAGE


def test_reports_are_kept_and_compared(tmp_path: Path) -> None:
    """Two models could not be held against each other a week later."""
    text = invoke("--report", tmp_path)
    (kept,) = tmp_path.glob("*.json")
    assert kept.with_suffix(".md").read_text("utf-8") == text.rstrip("\n") + "\n"
    assert json.loads(kept.read_text("utf-8"))["cases"] == DEMO_CHAINS
    assert json.loads(invoke("--json"))["systems"][0]["name"] == "rules"
    words = invoke("--compare", kept, kept)
    assert "priority right" in words
    assert "better" not in words
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(SetError, match="no report"):
        invoke("--compare", kept, tmp_path / "no.json")


def test_a_fit_is_kept_where_members_find_it(tmp_path: Path) -> None:
    """A fit that nobody reads would change nothing."""
    from consumer.analysis.by_code import CodeAnalyser
    from consumer.curves import curves_of
    from storage.engine import Database

    db = tmp_path / "mail.db"
    words = invoke("--fit", "--db", db)
    assert "ECE" in words
    database = Database(f"sqlite:///{db}")
    try:
        points = curves_of(database)(CodeAnalyser().identity.digest, "")
        assert points
        assert curves_of(database)("another model", "") is None
    finally:
        database.close()


def test_a_fit_on_nothing_is_refused(tmp_path: Path) -> None:
    """Sentences have no labelled priority: no curve must come of them."""
    (tmp_path / "train.tsv").write_text("Yes\tPlease send it.\n")
    with pytest.raises(FitError, match="too few"):
        invoke("--fit", "--set", "parakweet", "--mail", tmp_path, "--db", tmp_path / "mail.db")
