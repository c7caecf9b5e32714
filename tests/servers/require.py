"""What a test needs and this machine lacks: skipped with the line that mends it, or, where all is required, failed."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(what: str, mend: str) -> NoReturn:
    """Skip the test because *what* is missing; fail it where CHAINMAIL_TEST_REQUIRE=all (as in CI)."""
    words = f"{what} is missing: {mend}"
    if os.environ.get("CHAINMAIL_TEST_REQUIRE") == "all":
        pytest.fail(words)
    pytest.skip(words)
