"""What `dead-letters` says, and what it takes for a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chainmail.cli import dead_letters as commands
from chainmail.cli.dead_letters import StateOption
from chainmail.cli.letters import Bytes, chain_of, escaped, named, people_of, print_letter, to_json
from chainmail.cli.speech import Exit, Stop
from chainmail.settings import Settings
from consumer.redrive import Original
from schemas import wire
from storage import dead_letters
from storage.dead_letters import Letter, LetterState
from storage.engine import Database
from tests.ledgers import chain, dead_letter, new_ledger

TOPIC = "email-chains"
BACKLOG = f"{TOPIC}.backlog"
GROUP = "chainmail"
LETTERS = [
    dead_letter(1, topic=BACKLOG, group=GROUP),
    dead_letter(12, topic=BACKLOG, group=GROUP, error="Other"),
    dead_letter(1, LetterState.PARKED, topic=TOPIC, group=GROUP),
    dead_letter(3, LetterState.REDRIVEN, topic=TOPIC, group=GROUP),
    dead_letter(4, LetterState.REDRIVING, topic=TOPIC, group=GROUP),
    dead_letter(5, LetterState.SUPERSEDED, topic=TOPIC, group=GROUP),
]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Return the database of the settings, with dead letters in every state; no broker is configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHAINMAIL_KAFKA_BOOTSTRAP", raising=False)
    made = new_ledger(tmp_path, "chainmail.db")
    with made.write() as connection:
        for letter in LETTERS:
            dead_letters.put(connection, letter)
    yield made
    made.close()


def states(database: Database) -> dict[str, str]:
    """Return the state of each letter that has changed."""
    before = {letter.letter_id: letter.state for letter in LETTERS}
    with database.read() as connection:
        now = dead_letters.listed(connection, GROUP, (TOPIC, BACKLOG))
    return {each.letter_id: each.state.value for each in now if each.state is not before[each.letter_id]}


def ids(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the ids in the JSON that was printed."""
    return [each["id"] for each in json.loads(capsys.readouterr().out)]


def original(value: bytes | None, headers: list[tuple[str, bytes]], left_out: int | None = None) -> Bytes:
    """Return the bytes of a letter that could be read."""
    return Bytes(Original(key=b"k", headers=tuple(headers), value=value, left_out_bytes=left_out), "")


def printed(letter: Letter, found: Bytes, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what `show` prints."""
    print_letter(letter, found, Settings())
    return capsys.readouterr().out


@pytest.mark.usefixtures("database")
def test_list_shows_what_is_to_be_decided_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """What is dealt with would hide what is not, or an interrupted redrive be hidden."""
    wanted = {
        None: [f"{BACKLOG}/0/1", f"{TOPIC}/0/1", f"{TOPIC}/0/4", f"{BACKLOG}/0/12"],
        StateOption.OPEN: [f"{BACKLOG}/0/1", f"{TOPIC}/0/4", f"{BACKLOG}/0/12"],
        StateOption.PARKED: [f"{TOPIC}/0/1"],
        StateOption.REDRIVEN: [f"{TOPIC}/0/3"],
        StateOption.SUPERSEDED: [f"{TOPIC}/0/5"],
    }
    for state, expected in wanted.items():
        commands.list_letters(state=state, json=True)
        assert sorted(ids(capsys)) == sorted(expected)
    commands.list_letters(state=StateOption.ALL, json=True)
    assert len(ids(capsys)) == 6
    commands.list_letters(state=StateOption.ALL, error="Other", json=True)
    assert ids(capsys) == [f"{BACKLOG}/0/12"]


@pytest.mark.usefixtures("database")
def test_list_prints_whole_ids_and_says_what_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """An id that is cut off cannot be given to `show`."""
    commands.list_letters()
    said = capsys.readouterr()
    assert f"{BACKLOG}/0/12" in said.out
    assert "redriving" in said.out, "an interrupted redrive waits for somebody"
    assert "2 more are not shown" in said.err


@pytest.mark.parametrize(
    ("word", "found"),
    [
        (f"{BACKLOG}/0/1", f"{BACKLOG}/0/1"),
        ("0/12", f"{BACKLOG}/0/12"),
        (f"{TOPIC}/0/3", f"{TOPIC}/0/3"),
        (f"{BACKLOG}/0/12", f"{BACKLOG}/0/12"),
    ],
)
def test_named_takes_the_whole_id_before_a_beginning(word: str, found: str) -> None:
    """Letter 1 could never be named beside letter 12."""
    assert [each.letter_id for each in named([word, word], LETTERS)] == [found]


@pytest.mark.parametrize(
    ("word", "says"), [("0/1", "names 2"), (TOPIC, "names 6"), ("9/9", "no dead"), ("", "no dead")]
)
def test_named_refuses_what_is_nothing_or_several(word: str, says: str) -> None:
    """Another record than the meant one would be redriven."""
    with pytest.raises(Stop, match=says) as met:
        named([word], LETTERS)
    assert met.value.code is Exit.USAGE


@pytest.mark.parametrize("command", [commands.redrive, commands.park])
@pytest.mark.parametrize("given", [{}, {"ids": ["0/12"], "all_": True}, {"all_": True, "error": "Other"}])
def test_exactly_one_way_of_naming_is_needed(database: Database, command: object, given: dict[str, object]) -> None:
    """A forgotten name would redrive everything, or nothing without a word."""
    with pytest.raises(Stop, match="in one way: IDs, or --all, or --error CLASS") as met:
        command(**given)  # type: ignore[operator] # one of the two commands
    assert met.value.code is Exit.USAGE
    assert states(database) == {}


def test_park_takes_what_is_named_and_leaves_the_rest(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Letters that nobody meant would be put aside."""
    commands.park(ids=["0/12"])
    assert states(database) == {f"{BACKLOG}/0/12": "parked"}
    commands.park(all_=True)
    assert states(database) == dict.fromkeys((f"{BACKLOG}/0/12", f"{BACKLOG}/0/1", f"{TOPIC}/0/4"), "parked")
    assert "2 parked" in capsys.readouterr().err


def test_park_by_error_names_the_errors_that_there_are(database: Database) -> None:
    """A mistyped class would look like success."""
    with pytest.raises(Stop, match="'Othr': open ones have E, Other"):
        commands.park(error="Othr")
    commands.park(error="Other")
    assert states(database) == {f"{BACKLOG}/0/12": "parked"}


@pytest.mark.parametrize("command", [commands.redrive, commands.park])
@pytest.mark.parametrize(("word", "state"), [("0/3", "redriven"), ("0/5", "superseded")])
def test_what_is_dealt_with_is_not_taken_again(database: Database, command: object, word: str, state: str) -> None:
    """A record that is being analysed would be sent once more, or be shown as parked."""
    with pytest.raises(Stop, match=f"is {state} already") as met:
        command(ids=[word])  # type: ignore[operator] # one of the two commands
    assert met.value.code is Exit.USAGE
    assert states(database) == {}


def test_redrive_without_a_broker_is_exit_3_and_changes_nothing(database: Database) -> None:
    """A script could not tell a wrong name from a broker that has to be started."""
    with pytest.raises(Stop, match="chainmail up --detach") as met:
        commands.redrive(all_=True)
    assert met.value.code is Exit.UNREACHABLE
    assert states(database) == {}


@pytest.mark.usefixtures("database")
def test_show_answers_without_a_broker_and_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could find out why a record was given up while the broker is down."""
    commands.show("0/12")
    said = capsys.readouterr().out
    assert "Other: not a chain" in said
    assert "its bytes cannot be shown: no Kafka broker" in said
    assert f"chainmail dead-letters redrive {BACKLOG}/0/12" in said


def test_show_reads_subject_and_people_where_it_is_a_chain(capsys: pytest.CaptureFixture[str]) -> None:
    """A person would have to decide about bytes."""
    of = chain("rings")
    headers = wire.headers_of_chain(of, ledger="l", trace={})
    letter = replace(
        LETTERS[0], chain_id=of.chain_id, revision=1, answer='{"summary": \x1b[31m', attempts=1, redrives=2
    )
    said = printed(letter, original(wire.encode(of), headers), capsys)
    assert "subject   About rings" in said
    assert "tried     once, redriven 2 times" in said
    assert f"chainmail trace {of.chain_id}" in said
    assert '{"summary": \\x1b[31m' in said
    assert "\x1b" not in said
    assert "schema-version: 1" in said


def test_show_prints_the_first_bytes_of_what_is_no_chain(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody's record could write to the terminal of whoever looks at it."""
    said = printed(LETTERS[0], original(b"\x1b]0;owned\x07\xff" + b"x" * 5_000, [("h\x1b", b"\xfe")]), capsys)
    assert "5011 bytes, not a chain: \\x1b]0;owned\\x07\\xffxxx" in said
    assert "header    h\\x1b: \\xfe" in said
    assert "\x1b" not in said
    assert len(said) < 1_000


def test_show_says_where_a_value_that_was_left_out_is(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty letter would look like an empty record."""
    here, gone = (original(value, [], left_out=5_000_000) for value in (b"x", None))
    assert "its 5 MB are not in the dead letter" in printed(LETTERS[0], here, capsys)
    assert "has lost them by now: park it" in printed(LETTERS[0], gone, capsys)


def test_json_of_a_letter_keeps_all_bytes() -> None:
    """A program could not redrive by itself what a person can."""
    found = to_json(LETTERS[0], original(b"\x80\x00", [("x", b"\xff"), ("x", b"1")]))
    assert (found["key"], found["value"], found["headers"]) == ("aw==", "gAA=", [["x", "/w=="], ["x", "MQ=="]])
    assert (found["id"], found["state"], found["subject"], found["missing"]) == (f"{BACKLOG}/0/1", "open", None, None)


def test_chain_of_reads_people_once_each() -> None:
    """The same person would be named once an email."""
    of = chain(revision=3)
    found = chain_of(original(wire.encode(of), wire.headers_of_chain(of, ledger="l", trace={})).original)
    assert found == of
    assert people_of(found) == []
    assert chain_of(None) is None


def test_escaped_keeps_what_people_can_read() -> None:
    """Names in other scripts would be shown as numbers."""
    assert escaped("Zoë 李\n".encode()) == "Zoë 李\\n"
    assert escaped(b"a\nb\r", keep="\n") == "a\nb\\r"
