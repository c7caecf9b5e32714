"""One list of action items out of two readers'."""

from __future__ import annotations

from typing import Any

from consumer.analysis.actions import merged
from schemas.analysis import ActionItem, Evidence


def item(start: int, end: int, **fields: Any) -> ActionItem:
    """Return an action item with its quote at [start, end)."""
    email_id = fields.pop("email_id", "email-0")
    evidence = Evidence(quote="x" * (end - start), email_id=email_id, start=start, end=end)
    return ActionItem(**({"what": "send it"} | fields), evidence=evidence)


def test_what_both_read_is_one_item_of_both() -> None:
    """The same task would be done twice, and what code knows of it would be lost."""
    model, code = item(10, 40, what="send the papers"), item(12, 80, owner="Omar", due="2026-10-16", kind="commitment")
    (both,) = merged([model], [code])
    assert (both.what, both.owner, both.due) == ("send the papers", "Omar", "2026-10-16")
    assert (both.kind, both.read_by) == ("commitment", "both")


def test_day_comes_with_the_quote_that_names_it() -> None:
    """A due day would stand beside words that do not name it."""
    code = item(0, 80, due="2026-10-16")
    assert [merged([item(0, 20)], [code])[0].evidence, merged([item(0, 20)], [item(0, 80)])[0].evidence] == [
        code.evidence,
        item(0, 20).evidence,
    ]
    assert merged([item(0, 20, due="2026-10-15")], [code])[0].due == "2026-10-15"


def test_model_keeps_its_own_owner() -> None:
    """What was grounded would be overruled by a guess."""
    (both,) = merged([item(0, 20, owner="Lena")], [item(0, 20, owner="Omar")])
    assert both.owner == "Lena"


def test_other_items_stand_beside_each_other() -> None:
    """A task that only one reader saw would be lost."""
    found = merged([item(0, 20)], [item(19, 40, read_by="code"), item(0, 20, email_id="email-1", read_by="code")])
    assert [each.read_by for each in found] == ["model", "code", "code"]


def test_one_wide_item_takes_all_that_it_holds() -> None:
    """A sentence with two readings by code would stand there three times."""
    found = merged([item(0, 100)], [item(0, 40, read_by="code"), item(50, 90, read_by="code")])
    assert [each.read_by for each in found] == ["both"]
