"""What an email says that it answers (pure): both headers as one list, without ids that name no email.

An id that a program writes into unrelated mail would join all of it. Such ids are known by their form alone: to count
how often one stands would part again what was joined, as mail arrives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Ids that name no email: placeholders that a template left, empty parts, and constants of gateways.
_NO_IDS = (
    r"[\s<>]*",
    r"@.*",
    r"(?:undefined|null|nil|none|nan|false|unknown|empty|n/?a|no-?message-?id|message-?id)(?:@.*)?",
    r"\[object object\](?:@.*)?",
    r".*(?:\{\{.*\}\}|\$\{.*\}|%\(?message-?id\)?[s%]|<%.*%>).*",
    r"%[sd](?:@.*)?",
    r"0+(?:\.0+)*@(?:localhost|localhost\.localdomain)",
    # Google Voice, where it does not know the conversation (djcb/mu#1994).
    r"\+?\d*\.@txt\.voice\.google\.com",
)
_NO_ID = re.compile("|".join(_NO_IDS), re.IGNORECASE | re.DOTALL)


def names_no_email(message_id: str) -> bool:
    """Tell whether *message_id* (without angle brackets) is one that programs write into unrelated mail."""
    return _NO_ID.fullmatch(message_id) is not None


def refs_of(references: Sequence[str], in_reply_to: Sequence[str], *, node: str = "") -> tuple[str, ...]:
    """Return what the email *node* refers to, oldest first; an In-Reply-To that References lack comes last.

    Both headers count, as in notmuch, mu and public-inbox: 28 of 3,900 list mails answer a mail
    that their References do not name. An email does not refer to itself.
    """
    found = dict.fromkeys([*references, *in_reply_to])
    return tuple(ref for ref in found if ref != node and not names_no_email(ref))
