"""`forget` as its user calls it: asked first, told what went, and nothing of it comes back."""

from __future__ import annotations

from tests.acceptance.conftest import Chainmail
from tests.mailbox import mail, write_folder
from tests.servers.fake_model import FakeModel


def test_forget_tells_first_deletes_and_completes_where_a_broker_is(
    chainmail: Chainmail, fake_model: FakeModel
) -> None:
    """Somebody's wish to be forgotten would need a programmer, or be fulfilled by mistake."""
    mails = write_folder(chainmail.folder / "mails", 3, emails=2)
    chainmail.run("run", str(mails), "--workers", "1")
    would = chainmail.json("forget", "--address", "bo@norden.example", "--dry-run")
    assert (would["done"], would["emails"], would["chains_shortened"], would["analyses"]) == (False, 3, 3, 3)
    assert would["spans"] > 0
    _out, err = chainmail.run("forget", "--address", "bo@norden.example", code=2)
    assert "--yes" in err
    _out, err = chainmail.run("forget", "--address", "bo", "--yes", code=2)
    assert "no mail address" in err
    chainmail.run("forget", "--yes", code=2)
    _out, err = chainmail.run("forget", "--chain", "0123456789abcdef", "--yes", code=2)
    assert "there is no chain" in err
    assert all(line["summary"] for line in chainmail.json("chains")), "nothing has gone so far"

    gone = chainmail.json("forget", "--address", "bo@norden.example", "--yes")
    assert (gone["done"], gone["overwritten"], gone["waiting"]) == (True, True, 6)
    assert {name: gone[name] for name in ("emails", "spans")} == {name: would[name] for name in ("emails", "spans")}
    assert "no Kafka broker" in gone["broker"]
    _out, err = chainmail.run("forget", "--chain", "0.0@acme.example", "--yes")
    assert "tombstones wait for a broker" in err
    assert len(chainmail.json("chains")) == 2

    counts = chainmail.json("run", str(mails), "--workers", "1")
    assert (counts["forgotten"], counts["emails"], counts["duplicates"]) == (4, 0, 2)
    lines = chainmail.json("chains")
    assert [line["revision"] for line in lines] == [2, 2]
    assert all(line["summary"] for line in lines), "analysed again, without what went"
    assert fake_model.call_count == 3 + 2
    status = chainmail.json("status")
    assert (status["waiting"], status["unaccounted"], status["deleted"]) == (0, 0, 6)


def test_retention_forgets_before_anything_is_published(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """Old mail would be sent to the model, and only then be deleted."""
    mails = write_folder(chainmail.folder / "mails", 2)
    old = mail(9).replace(b" 2026 ", b" 2006 ")
    (mails / "old.eml").write_bytes(old)
    _out, err = chainmail.run("run", str(mails), "--workers", "1", CHAINMAIL_RETENTION_DAYS="1000")
    assert "older than 1000 days, so forgotten: 1 emails" in err
    assert (len(chainmail.json("chains")), fake_model.call_count) == (2, 2)
    assert chainmail.json("status")["published"] == 2
    _out, err = chainmail.run("forget", "--retention", "--yes", code=2)
    assert "retention_days is not set" in err
