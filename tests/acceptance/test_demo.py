"""`chainmail demo`: the first thing that a newcomer sees."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from chainmail.local import jars, toy_model
from tests.acceptance.conftest import PROGRAM, Chainmail

#: What makes every fetch fail at once: nobody listens there.
_NOWHERE = "http://127.0.0.1:1"
_OFFLINE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PIP_INDEX_URL", "PIP_PROXY"), _NOWHERE)


@pytest.mark.alone
@pytest.mark.timeout(290)
def test_demo_shows_every_chain_without_java_docker_or_a_second_fetch(chainmail: Chainmail) -> None:
    """A newcomer would see an error, wait for longer than he does, or be told half of it."""
    jars.fetch()
    toy_model.fetch()
    tools = chainmail.folder / "bin"
    tools.mkdir()
    Path(tools / "chainmail").symlink_to(PROGRAM)
    begun_s = time.monotonic()
    out, err = chainmail.run("demo", "--keep", "demo", timeout_s=280, PATH=str(tools), **_OFFLINE)
    print(f"demo: {time.monotonic() - begun_s:.0f} s")
    expected = json.loads((Path(toy_model.__file__).parent / "demo_mailbox" / "expected.json").read_text("utf-8"))
    chains = expected["chains"]
    assert f"reconciled: {chains} published = {chains} stored (unaccounted: 0)" in err
    assert len(re.findall(r"^ [0-9a-f]{8} ", out, re.MULTILINE)) == chains
    assert "toy" in err
    assert "show " in err
    lines = chainmail.json("chains", "--db", str(Path("demo", "demo.db")))
    assert all(line["summary"] and line["priority"] for line in lines)
