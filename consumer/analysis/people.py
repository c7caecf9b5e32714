"""Who takes part, by the headers: names, addresses, and the organisation where the domain tells it."""

from __future__ import annotations

import re

from schemas.analysis import Person
from schemas.chain import Address, Chain

#: Domains that name a provider and not an employer.
_FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com yahoo.de yahoo.fr yahoo.co.uk hotmail.com outlook.com live.com msn.com aol.com "
    "icloud.com me.com mac.com gmx.de gmx.net gmx.at web.de t-online.de freenet.de orange.fr free.fr laposte.net "
    "libero.it mail.ru yandex.ru qq.com 163.com 126.com proton.me protonmail.com zoho.com mail.com comcast.net "
    "verizon.net att.net earthlink.net btinternet.com".split()
)
#: Second-level labels under which organisations register, as in `acme.co.uk`.
_SHARED = frozenset("co com org net ac gov edu or ne go".split())
_MOST = 50


def people(chain: Chain) -> tuple[Person, ...]:
    """Return the people of *chain* in the order of their first appearance, each address once."""
    known: dict[str, Person] = {}
    for email in chain.emails:
        senders = (email.sender,) if email.sender else ()
        for box, role in [*((box, "sender") for box in senders), *((box, "") for box in (*email.to, *email.cc))]:
            key = box.address.lower()
            known[key] = _person(box, known.get(key), role)
    return tuple(known.values())[:_MOST]


def organisation_of(address: str) -> str:
    """Return the organisation that the domain of *address* names; empty for providers and broken addresses."""
    domain = address.rpartition("@")[2].lower().strip(".")
    labels = domain.split(".")
    if domain in _FREE_MAIL or len(labels) < 2 or not re.fullmatch(r"[\w.-]+", domain) or labels[-1].isdigit():  # noqa: PLR2004
        return ""
    at = -3 if len(labels) > 2 and labels[-2] in _SHARED else -2  # noqa: PLR2004 - name.co.uk
    return labels[at]


def _person(box: Address, before: Person | None, role: str) -> Person:
    """Return what is known of somebody: the first real name, and whether they ever wrote."""
    named = before.name if before and before.name != before.address else ""
    address = before.address if before else box.address
    return Person(
        name=named or box.name or address,
        address=address,
        organisation=organisation_of(box.address),
        role=(before.role if before else "") or role,
    )
