"""Who takes part, by the headers; the organisation by the domain or the signature, the title by the signature."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from consumer.analysis.signatures import Signed, signed
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
    texts: dict[str, list[str]] = {}
    for email in chain.emails:
        if email.sender and not email.bulk:
            texts.setdefault(email.sender.address.lower(), []).append(email.text)
        senders = (email.sender,) if email.sender else ()
        for box, role in [*((box, "sender") for box in senders), *((box, "") for box in (*email.to, *email.cc))]:
            key = box.address.lower()
            known[key] = _person(box, known.get(key), role)
    return tuple(_signed(who, texts.get(key, [])) for key, who in islice(known.items(), _MOST))


def _signed(who: Person, texts: Iterable[str]) -> Person:
    """Return *who* with title and company as the newest of their *texts* that is signed says."""
    found = (signed(text, _plain(who)) for text in reversed(list(texts)))
    latest = next((one for one in found if one.title or one.organisation), Signed())
    return who.model_copy(update={"title": latest.title, "organisation": latest.organisation or who.organisation})


def _plain(who: Person) -> str:
    """Return the name of *who*; from the address where no header has it ("ann.weber@acme.example")."""
    return who.name if who.name != who.address else re.sub(r"[._-]", " ", who.address.partition("@")[0])


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
