"""Why a mail is bulk."""

from __future__ import annotations

import pytest

from producer.bulk import bulk
from producer.headers import split


def bulk_of(*lines: str) -> str:
    """Return why the mail with these header lines is bulk."""
    return bulk(split("\n".join(["Subject: s", *lines, "", ""]).encode()))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["From: ann@x.example"],
        ["Precedence: first-class"],
        ["Auto-Submitted: no"],
        ["Auto-Submitted: No; reason=person"],
        ["X-Auto-Response-Suppress: None"],
        ["Precedence: normal"],
    ],
)
def test_mail_between_people_is_not_bulk(lines: list[str]) -> None:
    """A customer's mail would be skipped as a newsletter."""
    assert bulk_of(*lines) == ""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["List-Id: Dev <dev.x.example>", "List-Post: <mailto:dev@x.example>"], "list: dev.x.example"),
        (["List-Id: <dev.x.example>", "Precedence: list", "List-Unsubscribe: <mailto:u@x>"], "list: dev.x.example"),
        (["X-BeenThere: dev@x.example", "Precedence: bulk"], "list: dev@x.example"),
        (["X-Mailing-List: <dev@x.example> archive"], "list: dev@x.example"),
        (["List-Post: <mailto:dev@x.example>"], "list: dev@x.example"),
        (["Mailing-List: contact dev-help@x.example; run by ezmlm"], "list: dev-help@x.example"),
        (["Precedence: bulk", "Sender: owner-dev@x.example"], "list: owner-dev@x.example"),
        (["Precedence: list"], "list: unnamed"),
    ],
)
def test_discussion_lists_are_named(lines: list[str], expected: str) -> None:
    """A project's discussion would be thrown away with the newsletters."""
    assert bulk_of(*lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["List-Unsubscribe: <https://x.example/u>"], "newsletter: it has List-Unsubscribe"),
        (["List-Id: Offers <offers.x.example>", "List-Unsubscribe: <https://x>"], "newsletter: offers.x.example"),
        (["List-Id: <offers.x.example>", "List-Post: NO"], "newsletter: offers.x.example"),
        (["Feedback-ID: 1:2:3:x", "Precedence: list"], "newsletter: it has Feedback-Id"),
        (["X-MC-User: 7"], "newsletter: it has X-Mc-User"),
        (["Precedence: bulk"], "newsletter: Precedence bulk"),
        (["Precedence:  JUNK "], "newsletter: Precedence junk"),
    ],
)
def test_newsletters_are_told_from_lists(lines: list[str], expected: str) -> None:
    """Days of the model would go into advertisements."""
    assert bulk_of(*lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Auto-Submitted: auto-replied"], "automatic: auto-replied"),
        (["Auto-Submitted: auto-generated; x=y", "List-Id: <dev.x.example>"], "automatic: auto-generated"),
        (["X-Autoreply: yes"], "automatic: a reply by machine"),
        (["Precedence: auto_reply"], "automatic: a reply by machine"),
        (["X-Auto-Response-Suppress: All"], "automatic: it wants no reply by machine"),
        (["Content-Type: multipart/report; report-type=delivery-status"], "automatic: a report of a mail system"),
    ],
)
def test_automatic_mail_is_told_apart(lines: list[str], expected: str) -> None:
    """An out-of-office note would count as an answer."""
    assert bulk_of(*lines) == expected


def test_bulk_is_bounded_and_fit_for_a_record() -> None:
    """A forged List-Id would fill the record or break the screen."""
    found = bulk_of("List-Id: " + "a\x1b" * 2_000, "Precedence: list")
    assert len(found) <= 126
    assert found.isprintable()
