"""`priority.toml`: read once by each command, and by a member whenever it changes.

Its errors name the file, the key and what mends it.
"""

from __future__ import annotations

import logging
import threading
import tomllib
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chainmail.settings import Settings, SettingsError
from schemas.house import HouseRules

_LOG = logging.getLogger("chainmail.house")


class HouseFile:
    """The rules of a process that works for days: those of the file as it is now; may be used from several threads.

    A file that is wrong is named in the log, once, and the rules before it stay: no mail waits for somebody's comma.

    Raises:
        SettingsError: It is wrong at the start already.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._seen = _state_of(settings.priority_rules)
        self._rules = house_rules(settings)

    def rules(self) -> HouseRules:
        """Return the rules; where the file has changed, those that it has now."""
        with self._lock:
            state = _state_of(self._settings.priority_rules)
            if state != self._seen:
                self._seen = state
                self._rules = self._changed()
            return self._rules

    def _changed(self) -> HouseRules:
        path, before = self._settings.priority_rules, self._rules
        try:
            rules = house_rules(self._settings)
        except SettingsError as error:
            _LOG.warning("%s\n%s is not applied: the rules of before stay until it is mended", error, path)
            return before
        if rules.version != before.version:
            _LOG.warning(
                "%s has changed (rules %s, before %s): analyses get the new rules from now on; "
                "`chainmail reanalyse --rules-only` gives them to those that are stored",
                path,
                rules.version or "(none)",
                before.version or "(none)",
            )
        return rules


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


def _state_of(path: Path) -> tuple[int, ...]:
    """Return what tells one state of a file from another without reading it; nothing where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _in_words(fault: ErrorDetails) -> str:
    key = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}: known are {', '.join(HouseRules.model_fields)} and what docs/versions.md lists"
    return f"{key}: {fault['msg'].removeprefix('Value error, ')}"
