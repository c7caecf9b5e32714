"""A secret in memory: asked for once, and again when it has expired or was refused."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class Issued:
    """A password or access token, and how long from now it can be used."""

    secret: SecretStr
    valid_s: float = math.inf


class Kept:
    """The present secret of one account; several connections share it."""

    def __init__(self, ask: Callable[[], Issued], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._issued: Issued | None = None
        self._ends_at_s = 0.0

    def get(self) -> tuple[SecretStr, bool]:
        """Return the secret, and whether it was asked for just now."""
        with self._lock:
            if self._issued is not None and self._clock() < self._ends_at_s:
                return self._issued.secret, False
            self._issued = self._ask()
            self._ends_at_s = self._clock() + self._issued.valid_s
            return self._issued.secret, True

    def forget(self, secret: SecretStr) -> None:
        """Ask anew next time, unless somebody has done so already."""
        with self._lock:
            if self._issued is not None and self._issued.secret == secret:
                self._issued = None
