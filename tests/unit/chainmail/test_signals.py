"""Signals while the main thread holds the lock that their handler would need."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import os, signal, threading
from chainmail.children import when_signalled

stopping = threading.Event()
when_signalled(lambda _: stopping.set(), lambda _: print("again"))
with stopping._cond:  # as for a moment within wait()
    os.kill(os.getpid(), signal.{name})
assert stopping.wait(20)
os.kill(os.getpid(), signal.SIGTERM)
print("stopped")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_stops_whatever_the_main_thread_holds(name: str) -> None:
    """A program asked to stop in that moment would stand still for ever, deaf to a second signal too."""
    program = _PROGRAM.replace("{name}", name)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == ["again", "stopped"]
