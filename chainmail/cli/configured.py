"""`settings`: every setting with its value, its default and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich import box
from rich.table import Table
from rich.text import Text

from chainmail.cli import options, workspace
from chainmail.cli.speech import OUT, print_json
from chainmail.cli.untrusted import in_a_line
from chainmail.settings import PREFIX, Settings, SettingsError

#: The password in an address: postgresql://ann:PASSWORD@host.
_PASSWORD = re.compile(r"(?<=://)([^/?#@:\s]*):[^/?#@\s]*(?=@)")


def settings(db: options.Db = None, json: options.Json = False) -> None:
    """List every setting: its value, default and meaning.

    Each is an environment variable, CHAINMAIL_ before its name in capitals, and a key of ./chainmail.toml. Names say
    the unit: _s is seconds. Passwords and keys are not shown. Where a setting is wrong, the defaults are listed.
    """
    fault: SettingsError | None = None
    try:
        now = workspace.settings_of(db=db)
    except SettingsError as error:
        now, fault = Settings.model_construct(), error
    rows = list(_rows(now))
    if json:
        print_json(rows)
    else:
        OUT.print(_table(rows))
    if fault is not None:
        raise fault


def _rows(now: Settings) -> Iterator[dict[str, Any]]:
    for name, field in Settings.model_fields.items():
        yield {
            "name": name,
            "environment": f"{PREFIX}{name.upper()}",
            "value": _shown(getattr(now, name)),
            "default": _shown(field.default),
            "means": field.description,
        }


def _shown(value: object) -> object:
    """Return a value for people and JSON; of what is secret, only that it is set."""
    match value:
        case SecretStr():
            return "(set)" if value.get_secret_value() else ""
        case Mapping():
            return sorted(map(str, value))
        case tuple():
            return [_shown(each) for each in value]
        case str() | Path():
            return _PASSWORD.sub(r"\1:(set)", str(value))
        case _:
            return value


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("setting", "value", "default"):
        table.add_column(name, overflow="fold", no_wrap=name == "setting")
    table.add_column("means")
    for row in rows:
        is_usual = row["value"] == row["default"]
        table.add_row(
            Text(row["name"]),
            Text(_in_words(row["value"]), style="" if is_usual else "bold"),
            Text("" if is_usual else _in_words(row["default"])),
            Text(row["means"]),
        )
    return table


def _in_words(value: object) -> str:
    if value in (None, "", []):
        return "-"
    return in_a_line(", ".join(map(str, value)) if isinstance(value, list) else f"{value}")
