"""`priority.toml`: read once by each command and member; its errors name the file, the key and what mends it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chainmail.settings import Settings, SettingsError
from schemas.house import HouseRules


def house_rules(settings: Settings) -> HouseRules:
    """Return the rules of the house; none where there is no file and none was named.

    Raises:
        SettingsError: The file is named and absent, or something in it is wrong.
    """
    path = settings.priority_rules
    if "priority_rules" not in settings.model_fields_set and not path.exists():
        return HouseRules()
    return read(path)


def read(path: Path) -> HouseRules:
    """Return the rules in the file *path*.

    Raises:
        SettingsError: It cannot be read, or something in it is wrong.
    """
    try:
        return HouseRules.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise SettingsError("\n".join(f"{path}: {_in_words(fault)}" for fault in error.errors())) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error


def _in_words(fault: ErrorDetails) -> str:
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}: known are {', '.join(HouseRules.model_fields)} and what docs/versions.md lists"
    return f"{key}: {fault['msg'].removeprefix('Value error, ')}"
