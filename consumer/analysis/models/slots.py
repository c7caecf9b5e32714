"""Slots that all processes of a host share: lock files, which the kernel releases whatever becomes of their holder.

`fcntl` itself and not `filelock`: a waiter looks at every slot of every host many times a second, and one look costs
4 µs instead of 70.
"""

from __future__ import annotations

import fcntl
import os
import warnings
from pathlib import Path

import platformdirs

from consumer.errors import PermanentError


class Held:
    """A slot in hand; `release` gives it back."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next one have it."""
        os.close(self._descriptor)


class SlotFolder:
    """A folder of lock files, numbered from 0; made where it is missing.

    Raises:
        PermanentError: It cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _unusable(folder, error) from error

    def take(self, number: int) -> Held | None:
        """Return the slot, or None where another holder (thread or process) has it."""
        return self._locked(number, fcntl.LOCK_EX)

    def is_held(self, number: int) -> bool:
        """Tell whether somebody has the slot; any number of callers may look at once."""
        held = self._locked(number, fcntl.LOCK_SH)
        if held is not None:
            held.release()
        return held is None

    def _locked(self, number: int, kind: int) -> Held | None:
        try:
            descriptor = os.open(self._folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(self._folder, error) from error
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return Held(descriptor)


def shared_folder() -> Path:
    """Return where the slots of this user's processes on this host are, whatever their databases.

    Raises:
        PermanentError: The user has no folder for such things.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it lies below the folder for temporary files is fine
            return platformdirs.user_runtime_path("chainmail", ensure_exists=True) / "model-slots"
    except OSError as error:
        raise PermanentError(f"no folder for the model's slots: {error}") from error


def _unusable(folder: Path, error: OSError) -> PermanentError:
    message = (
        f"the model's slots cannot be held in {folder}: {error.strerror}: set XDG_RUNTIME_DIR to a folder of yours"
    )
    return PermanentError(message)
