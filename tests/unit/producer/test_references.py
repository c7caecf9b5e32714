"""What an email says that it answers."""

from __future__ import annotations

import pytest

from producer.references import names_no_email, refs_of


def test_refs_of_joins_both_headers() -> None:
    """An answer whose References do not name what it answers would be a conversation of its own."""
    assert refs_of(["a", "b"], ["c"]) == ("a", "b", "c")
    assert refs_of([], ["c"]) == ("c",)
    assert refs_of(["a", "b"], []) == ("a", "b")


def test_refs_of_keeps_the_order_of_references_and_each_id_once() -> None:
    """The In-Reply-To of an ordinary answer would turn its ancestors around."""
    assert refs_of(["a", "b", "a"], ["a"]) == ("a", "b")


def test_refs_of_leaves_out_the_email_itself() -> None:
    """A mail that names itself would be no root, and its chain would get the id of an answer."""
    assert refs_of(["a", "b"], ["b"], node="b") == ("a",)


def test_refs_of_leaves_out_ids_that_name_no_email() -> None:
    """Everything that a broken program ever sent would be one conversation."""
    assert refs_of(["undefined@mail.example", "a@x.example"], ["@x.example"]) == ("a@x.example",)


@pytest.mark.parametrize(
    "shared",
    [
        *("", " ", "<>", "@", "@mail.example", "undefined", "undefined@shop.example", "NULL@shop.example"),
        *("none@host", "unknown@host", "[object Object]@shop.example", "{{message_id}}@shop.example"),
        *("${messageId}@shop.example", "%s@shop.example", "%messageid%@shop.example", "0@localhost"),
        *("<%= id %>@shop.example", "+16465550100.@txt.voice.google.com"),
    ],
)
def test_names_no_email_knows_placeholders(shared: str) -> None:
    """All mail of one faulty program would be one conversation: one customer's words in another's summary."""
    assert names_no_email(shared)


@pytest.mark.parametrize(
    "own",
    [
        *("3D788653.9143.1D8992DA@localhost", "1@localhost", "rt-4.4.1-1234-5@rt.example", "a@b"),
        *("ticket-12@helpdesk.example", "undefined-behaviour.17@lists.example", "20240101.nullable@x.example"),
        *("B983F641.5890%shawn@x.example", "no-at-sign-but-an-id", "none.of.your.business.77@x.example"),
        "+16465550100.0de1dfc5259c49347621104b1bee58fc0197a0b9@txt.voice.google.com",
    ],
)
def test_names_no_email_keeps_odd_ids(own: str) -> None:
    """Conversations on an odd mail server or in a ticket system would be torn."""
    assert not names_no_email(own)
