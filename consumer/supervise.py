"""The supervisor of N member processes: start, restart with backoff, stop, give up on crash loops.

Written here and not taken from a library: members must get their slot and a pipe that ends with us,
and what a dead member means is ours to say (docs/decisions/003).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from chainmail.children import environment_of
from chainmail.settings import Settings

#: A member that died this often within the window is not started again.
_CRASHES, _CRASH_WINDOW_S = 5, 60.0
_MAX_BACKOFF_S = 10.0
#: Exit code of a member whose fault no restart mends.
_HOPELESS = 2


class CrashLoopError(RuntimeError):
    """A member cannot run; the message has the last lines of its log."""


@dataclass
class _Slot:
    number: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=_CRASHES))
    start_at_s: float = 0.0


class Supervisor:
    """N members as child processes; call `tick` about ten times a second."""

    def __init__(
        self, settings: Settings, count: int, command: tuple[str, ...] = (sys.executable, "-m", "consumer.member")
    ) -> None:
        """Prepare *count* slots; *command* is given the slot's number, and the logs stand in `home/logs`."""
        self._settings, self._command = settings, command
        logs = settings.home_path / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._slots = [_Slot(number, logs / f"member-{number}.log") for number in range(count)]
        self._ticked_s = time.monotonic()
        self.given_up = ""

    # What health and metrics ask, from their own threads; a dead member is `tick`'s to notice.

    @property
    def pids(self) -> dict[int, int]:
        """The process ids of the members that have been started and not been found dead, by slot."""
        running = [(slot.number, slot.process) for slot in self._slots]
        return {number: process.pid for number, process in running if process is not None}

    @property
    def restarts(self) -> dict[int, int]:
        """How often the member of each slot was started again."""
        return {slot.number: max(0, slot.starts - 1) for slot in self._slots}

    @property
    def ticked_ago_s(self) -> float:
        """How long ago the last tick was."""
        return time.monotonic() - self._ticked_s

    def tick(self) -> None:
        """Start what is missing and due.

        Raises:
            CrashLoopError: A member died too often, or of something that a restart does not mend.
        """
        self._ticked_s = time.monotonic()
        for slot in self._slots:
            if slot.process is not None and slot.process.poll() is not None:
                self._died(slot)
            if slot.process is None and time.monotonic() >= slot.start_at_s:
                self._start(slot)

    def stop(self, *, patience_s: float, say: Callable[[str], None]) -> None:
        """Ask all members to stop; kill those which have not after *patience_s*, or at once on a second signal.

        Raises:
            KeyboardInterrupt: There was a second signal; no member runs any more.
        """
        running = [slot.process for slot in self._slots if slot.process and slot.process.poll() is None]
        try:
            for process in running:
                process.terminate()
            deadline_s = time.monotonic() + patience_s
            for process in running:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline_s - time.monotonic()))
                if process.poll() is None:
                    say(f"member {process.pid} did not stop within {patience_s:.0f} s: killed")
        finally:
            self.kill()

    def kill(self) -> None:
        """End all members now; what they had in flight is delivered again."""
        for slot in self._slots:
            if slot.process is not None:
                slot.process.kill()
                slot.process.wait()
                if slot.process.stdin is not None:
                    slot.process.stdin.close()
            slot.process = None

    def _start(self, slot: _Slot) -> None:
        slot.starts += 1
        with slot.log.open("ab") as log:
            slot.process = subprocess.Popen(  # noqa: S603 - our own program
                [*self._command, str(slot.number)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment_of(self._settings),
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the members in order
            )

    def _died(self, slot: _Slot) -> None:
        process, slot.process = slot.process, None
        code = process.returncode if process else 0
        if process is not None and process.stdin is not None:
            process.stdin.close()
        now_s = time.monotonic()
        slot.deaths.append(now_s)
        looping = len(slot.deaths) == _CRASHES and now_s - slot.deaths[0] < _CRASH_WINDOW_S
        if looping or code == _HOPELESS:
            self.given_up = f"member {slot.number} ended with exit code {code}"
            raise CrashLoopError(f"{self.given_up}; {slot.log} says:\n{_tail(slot.log)}")
        recent = sum(now_s - death < _CRASH_WINDOW_S for death in slot.deaths)
        slot.start_at_s = now_s + min(_MAX_BACKOFF_S, 0.1 * 4.0 ** (recent - 1))


def _tail(path: Path, lines: int = 8) -> str:
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
