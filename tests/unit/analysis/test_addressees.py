"""Names out of header lines: as people say them, and whom a quoted mail went to."""

from __future__ import annotations

import pytest

from consumer.analysis.addressees import known_as, named_in, plain, told


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ann Weber", "Ann Weber"),
        ("Weber, Ann", "Ann Weber"),
        ('"Weber, Ann" <ann@acme.example>', "Ann Weber"),
        ("Ann Weber/LON/RW@RW", "Ann Weber"),
        ("Ann Weber [mailto:ann@acme.example]", "Ann Weber"),
        ("Undisclosed recipients", None),
        ("", None),
    ],
)
def test_plain_says_a_name_as_colleagues_do(written: str, name: str | None) -> None:
    """A list of tasks would be one of addresses."""
    assert plain(written) == name


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("To: Ann Weber", ("Ann Weber",)),
        ("To: Weber, Ann", ("Ann Weber",)),
        ("To: Weber, Ann; Hill, Ben", ("Ann Weber", "Ben Hill")),
        ("To: Ann Weber, Ben Hill", ("Ann Weber", "Ben Hill")),
        ("To: Ann Weber/LON/RW@RW, Ben Hill/LON/RW@RW", ("Ann Weber", "Ben Hill")),
        ("To: Weber, Ann <ann@acme.example>, Ben Hill <ben@acme.example>", ("Ann Weber", "Ben Hill")),
        ("To: Ann Weber/LON/RW@RW, Ben\nHill/LON/RW@RW\nSubject: Rails", ("Ann Weber", "Ben Hill")),
        ("> To: Ann Weber\n> Subject: Rails", ("Ann Weber",)),
        ("To: Undisclosed recipients", ()),
        ("Subject: Rails", None),
    ],
)
def test_named_in_finds_all_whom_a_quoted_mail_went_to(line: str, names: tuple[str, ...] | None) -> None:
    """Its requests would be those of whoever passes it on."""
    assert named_in(line) == names


def test_told_names_the_first_of_many() -> None:
    """An owner would fill the page."""
    assert told([]) is None
    assert told(["Ann", "Ben", "Carla"]) == "Ann, Ben, Carla"
    assert told(["Ann", "Ben", "Carla", "Dora", "Eve"]) == "Ann, Ben, Carla and 2 more"


@pytest.mark.parametrize(("called", "name"), [("Ben", "Ben Hill"), ("Benny", "Ben Hill"), ("Eve", "Eve"), ("Be", "Be")])
def test_known_as_finds_who_is_called(called: str, name: str) -> None:
    """One person would be two owners."""
    assert known_as(called, ("Carla Ruiz", "Ben Hill")) == name
