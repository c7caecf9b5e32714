"""Real mail through the real llama.cpp: what its toy model makes up does not reach the record either."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from chainmail.local import model_server as embedded
from chainmail.local import toy_model
from chainmail.local.cache import silent
from chainmail.local.errors import StackError
from chainmail.settings import load
from consumer.analysis.analyse import Analyser
from consumer.analysis.models.select import model_server
from consumer.errors import PermanentError
from tests.conversations import ruled
from tests.independent_checker import RANK, faults
from tests.mail_files import chains_of, emails_of
from tests.servers.require import lacking

#: A toy takes ten seconds a chain on two cores: a few in every run, 30 by CHAINMAIL_TEST_REAL_CHAINS=30.
_CHAINS = int(os.environ.get("CHAINMAIL_TEST_REAL_CHAINS", "2"))


@pytest.fixture(scope="module")
def analyser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analyser]:
    """Return an analyser that asks the embedded model."""
    if find_spec("xllamacpp") is None:
        lacking("xllamacpp", "pip install '.[local]'")
    try:
        toy_model.fetch()
    except StackError as error:
        lacking("the toy model", str(error))
    server, url = embedded.start(tmp_path_factory.mktemp("llama"), 1, silent)
    settings = load(model_server="embedded", model_output_tokens=400)
    found = Analyser(model_server(settings, url), settings)
    yield found
    found.close()
    server.stop()


@pytest.mark.alone
@pytest.mark.timeout(900)
def test_record_by_a_real_model_holds_nothing_that_the_mail_does_not_bear(
    corpora: Path, analyser: Analyser, capsys: pytest.CaptureFixture[str]
) -> None:
    """What holds against a fake would not hold against a model."""
    files = (path for path in sorted((corpora / "enron_berkeley_labelled").rglob("*.txt")) if path.is_file())
    chains = chains_of(emails_of(path.read_bytes() for path in files))
    counts, wrong = Counter[str](), []
    for chain in chains[:: len(chains) // _CHAINS][:_CHAINS]:
        try:
            analysis = analyser.analyse(chain)
        except PermanentError:
            counts["dead letters"] += 1
            continue
        counts["records"] += 1
        counts.update({f"dropped {name}": count for name, count in analysis.dropped.items()})
        wrong += faults(chain, analysis)
        wrong += ["below the rules"] if RANK[analysis.priority] < RANK[ruled(chain).priority] else []
    with capsys.disabled():
        print(f"\nreal model: {dict(counts)}")
    assert counts["records"] + counts["dead letters"] == _CHAINS
    assert wrong == []
