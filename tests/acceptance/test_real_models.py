"""The main job with a real Ollama; the embedded llama.cpp is the demo's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.conftest import Chainmail
from tests.mailbox import write_folder
from tests.servers import ollama

CHAINS = 1


def _check(chainmail: Chainmail) -> list[dict[str, Any]]:
    status = chainmail.json("status")
    assert (status["published"], status["stored"], status["unaccounted"]) == (CHAINS, CHAINS, 0)
    analyses = [chainmail.json("show", line["chain_id"])["analysis"] for line in chainmail.json("chains")]
    for analysis in analyses:
        assert analysis["summary"]
        assert analysis["priority_reason"]
        assert analysis["model_use"]["output_tokens"] > 0
        assert {(amount["currency"], amount["kind"]) for amount in analysis["amounts"]} == {("EUR", "sum")}
    return analyses


@pytest.mark.alone
@pytest.mark.timeout(280)
def test_run_with_a_real_ollama_stores_every_chain(chainmail: Chainmail, ollama_url: str) -> None:
    """The default model server of every user would not work."""
    own = {
        "CHAINMAIL_MODEL_SERVER": "ollama",
        "CHAINMAIL_MODEL_URL": ollama_url,
        "CHAINMAIL_MODEL": ollama.MODEL,
        "CHAINMAIL_MODEL_CONTEXT_TOKENS": "1400",
        "CHAINMAIL_MODEL_OUTPUT_TOKENS": "330",
    }
    mails = write_folder(chainmail.folder / "mails", CHAINS)
    chainmail.run("run", str(mails), "--workers", "2", timeout_s=250, **own)
    for analysis in _check(chainmail):
        assert analysis["model_use"]["server"] == "ollama"
        assert analysis["model_use"]["model_digest"]
    doctor = chainmail.json("doctor", **own)
    assert {"name": "model server", "ok": True, "detail": f"ollama has {ollama.MODEL}", "mend": ""} in doctor
    answers = next(check for check in doctor if check["name"] == "model answers")
    assert answers["ok"]
    assert answers["detail"].startswith("held to a schema, context 1,400 tokens, 1.0")
    assert answers["detail"].endswith("probabilities told")
