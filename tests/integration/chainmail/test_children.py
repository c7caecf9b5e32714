"""A child notices that its parent is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_CHILD = """
import threading
from chainmail.children import when_parent_ends
ended = threading.Event()
when_parent_ends(ended.set)
print("ready", flush=True)
print("ended" if ended.wait(30) else "not noticed", flush=True)
"""


def test_child_is_told_when_its_parent_ends_and_not_before() -> None:
    """Members would outlive a killed supervisor and hold their partitions, or stop at the first line of input."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.stdin.write("a line is no end\n")
    child.stdin.flush()
    assert child.poll() is None
    child.stdin.close()
    assert child.stdout.readline() == "ended\n"
    assert child.wait(10) == 0
    child.stdout.close()
