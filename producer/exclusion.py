"""Mail that is never taken in (pure): of an address, of a domain, in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from producer import headers
from producer.addresses import addresses
from schemas.chain import Email


@dataclass(frozen=True)
class Exclusion:
    """What the user left out (all lower case): addresses, `@domains`, and folder names or patterns."""

    addresses: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Exclusion:
        """Return the rule for the setting `exclude`: `ann@x.org`, `@x.org` (and below), a folder (`Trash`, `Priv*`)."""
        words = [entry.strip().lower() for entry in entries if entry.strip()]
        return cls(
            addresses=frozenset(word for word in words if "@" in word[1:]),
            domains=tuple(word[1:] for word in words if word.startswith("@") and "@" not in word[1:]),
            folders=tuple(word for word in words if "@" not in word),
        )

    def of_folder(self, folder: str) -> bool:
        """Tell whether *folder* (its path, parts divided by / or .) or one above it is left out."""
        name = folder.lower()
        parts = [name, *(part for divided in name.split("/") for part in (divided, *divided.strip(".").split(".")))]
        return any(fnmatchcase(part, pattern) for part in parts for pattern in self.folders)

    def of_mail(self, email: Email | None, raw: bytes) -> str:
        """Return the address for which a mail is left out, or nothing; of unreadable mail all fields count."""
        if not self.addresses and not self.domains:
            return ""
        if email is not None:
            entries = (email.sender, *email.to, *email.cc)
        else:
            block = headers.split(headers.without_postmark(raw))
            entries = addresses(", ".join(block.text(name) for name in block.fields))
        found = (entry.address.lower() for entry in entries if entry)
        return next((address for address in found if self._leaves_out(address)), "")

    def _leaves_out(self, address: str) -> bool:
        domain = address.rpartition("@")[2]
        return address in self.addresses or any(
            domain == excluded or domain.endswith(f".{excluded}") for excluded in self.domains
        )


#: Nothing is left out.
NOTHING = Exclusion()
