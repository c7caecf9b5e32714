"""The only two kinds of failure that the consumer loop knows.

Whoever meets a fault decides here, once, what it means for the record in hand: try again later,
or give it up. Without a message of its own an error says what its docstring says.
"""

from __future__ import annotations

import inspect
import re


class TransientError(Exception):
    """Not now: the record is fine, what it depends on is not. It is tried again later.

    `retry_after_s` is the wait that the dependency asked for, in seconds. `counts` tells whether the
    failure counts against the record: a dependency that refuses (connection refused, 429, 503,
    database locked) never does; a time-out or a crash may be the record's own fault.
    """

    def __init__(self, message: str = "", *, retry_after_s: float | None = None, counts: bool = True) -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))
        self.retry_after_s = retry_after_s
        self.counts = counts


class PermanentError(Exception):
    """Never: trying the same record again ends the same way. It becomes a dead letter.

    `answer` is the raw answer that could not be used, for the dead letter; empty where there is none.
    """

    def __init__(self, message: str = "", *, answer: str = "") -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))
        self.answer = answer


def cause_of(error: Exception) -> str:
    """Return what failed as a counter names it: the error's class in small letters, `NoServerError` → `no_server`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()
