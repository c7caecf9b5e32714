"""The settings: where they come from, and what they never show."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from chainmail.children import environment_of
from chainmail.settings import Settings, SettingsError, load

SECRET = "hunter2-correct-horse"  # noqa: S105 - made up, to be looked for


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the developer's shell nor a chainmail.toml of the checkout has a say."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CHAINMAIL_")]:
        monkeypatch.delenv(name)


def test_flags_go_before_environment_before_file_before_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody asks for on the command line would be overruled by an old file."""
    assert load().workers == 4
    Path("chainmail.toml").write_text("workers = 5\nin_flight = 6\n")
    assert (load().workers, load().in_flight) == (5, 6)
    monkeypatch.setenv("CHAINMAIL_WORKERS", "7")
    assert (load().workers, load().in_flight) == (7, 6)
    assert load(workers=8).workers == 8
    assert load(workers=None).workers == 7, "a flag that was not given says nothing"


def test_empty_environment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`CHAINMAIL_WORKERS=` in a compose file would be refused as no number."""
    monkeypatch.setenv("CHAINMAIL_WORKERS", "")
    assert load().workers == 4


def test_unknown_names_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing mistake would be silently without effect."""
    monkeypatch.setenv("CHAINMAIL_WORKRES", "7")
    said = r"unknown setting CHAINMAIL_WORKRES \(meant: CHAINMAIL_WORKERS\?\): .*chainmail settings"
    with pytest.raises(SettingsError, match=said):
        load()
    monkeypatch.delenv("CHAINMAIL_WORKRES")
    Path("chainmail.toml").write_text("topik = 'x'\n")
    with pytest.raises(SettingsError, match=r"unknown setting topik \(meant: topic\?\): .*chainmail settings"):
        load()


def test_names_for_the_tests_are_not_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """`CHAINMAIL_TEST_REQUIRE=all` would stop the program that is tested."""
    monkeypatch.setenv("CHAINMAIL_TEST_REQUIRE", "all")
    assert load().workers == 4


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"workers": 0}, "workers: Input should be greater than or equal to 1"),
        ({"model_server": "gpt"}, "model_server: Input should be 'ollama', 'openai', 'embedded' or 'none'"),
        (
            {"model_output_tokens": 4096, "model_context_tokens": 4096},
            "model_output_tokens must be smaller than model_context_tokens",
        ),
        ({"max_poll_interval_s": 1, "session_timeout_s": 45}, "max_poll_interval_s is far below session_timeout_s"),
    ],
)
def test_wrong_values_are_refused_in_words(flags: dict[str, object], words: str) -> None:
    """A person would read pydantic's report, or the fault show an hour later."""
    with pytest.raises(SettingsError) as met:
        load(**flags)
    assert str(met.value).startswith(words)


@pytest.mark.parametrize("content", [b"workers = \n", b"\xff\xfe", b"db = 'a\n"])
def test_broken_file_is_named(content: bytes) -> None:
    """A person would not learn which file is broken."""
    Path("chainmail.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"chainmail\.toml in this folder cannot be read"):
        load()


def test_secrets_are_never_shown() -> None:
    """A password would stand in a log, a bug report or a traceback."""
    found = load(kafka_sasl_password=SECRET, model_api_key=SECRET)
    assert found.model_api_key.get_secret_value() == SECRET
    assert SECRET not in repr(found) + str(found) + found.model_dump_json()
    with pytest.raises(SettingsError) as met:
        load(kafka_sasl_password=SECRET, model_output_tokens=5000, workers="many")
    with pytest.raises(SettingsError) as crossed:
        load(kafka_sasl_password=SECRET, model_output_tokens=5000)
    for error in (met.value, crossed.value):
        assert SECRET not in "".join(traceback.format_exception(error))


def test_settings_are_frozen() -> None:
    """Two parts of the program could work with different settings."""
    with pytest.raises(Exception, match="frozen"):
        load().workers = 9  # type: ignore[misc] # what is refused


@pytest.mark.parametrize(
    ("db", "home"),
    [
        ("mail.db", "mail.db.home"),
        ("deep/mail.db", "deep/mail.db.home"),
        ("a b%41?.db", "a b%41?.db.home"),
        ("sqlite:///mail.db", "mail.db.home"),
        ("sqlite+pysqlite:///mail.db?timeout=5", "mail.db.home"),
        ("postgresql://u:p@host/mail", "chainmail.home"),
    ],
)
def test_home_lies_beside_the_database(tmp_path: Path, db: str, home: str) -> None:
    """Two databases would share broker data, traces and locks."""
    assert load(db=db).home_path == tmp_path.resolve() / home


def test_home_that_is_given_is_taken(tmp_path: Path) -> None:
    """CHAINMAIL_HOME would be without effect."""
    assert load(home="elsewhere").home_path == tmp_path.resolve() / "elsewhere"
    assert load(home="elsewhere").trace_path == tmp_path.resolve() / "elsewhere" / "traces.db"


def test_db_url_names_the_file_that_is_meant(tmp_path: Path) -> None:
    """A path with a percent or a question mark would open another file; a URL be taken for a path."""
    from sqlalchemy import make_url

    assert make_url(load(db="50%41 off?.db").db_url).database == str(tmp_path.resolve() / "50%41 off?.db")
    assert load(db="postgresql://host/mail").db_url == "postgresql://host/mail"
    assert load(db="postgresql://host/mail").db_path is None
    assert load(db="~/mail.db").db_path == Path.home() / "mail.db"
    assert load(db="sqlite://").db_path is None


def test_topics_hang_together() -> None:
    """Members would read other topics than the producer writes."""
    found = load(topic="mail")
    assert (found.backlog_topic, found.dead_letter_topic) == ("mail.backlog", "mail.dead-letters")


def test_environment_of_gives_the_same_settings_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member would work with other settings than the command that started it."""
    Path("chainmail.toml").write_text("in_flight = 6\n")
    monkeypatch.setenv("CHAINMAIL_WORKERS", "7")
    monkeypatch.setenv("CHAINMAIL_TOPIC", "from-the-shell")
    found = load(
        topic="mail",
        home=Path("home"),
        kafka_sasl_password=SECRET,
        model_timeout_s=0.5,
        kafka_bootstrap="a:1,b:2",
        db="a b.db",
    )
    wanted = environment_of(found)
    assert wanted["PATH"] == os.environ["PATH"]
    assert wanted["CHAINMAIL_KAFKA_SASL_PASSWORD"] == SECRET
    for name in [name for name in os.environ if name.startswith("CHAINMAIL_")]:
        monkeypatch.delenv(name)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    assert load() == found


def test_environment_of_hides_settings_that_no_longer_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting of the shell would reach the members although the command has overruled it."""
    monkeypatch.setenv("CHAINMAIL_MODEL_URL", "http://old")
    assert "CHAINMAIL_MODEL_URL" not in environment_of(Settings(model_url=""))
