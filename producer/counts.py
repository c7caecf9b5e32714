"""What became of the messages of one command."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Counts:
    """Counts of messages: `messages = emails + duplicates + unreadable`; what was left out stands apart."""

    emails: int = 0
    duplicates: int = 0
    unreadable: int = 0
    not_mail: int = 0
    excluded: int = 0
    forgotten: int = 0
    chains: set[str] = field(default_factory=set)
    published: int = 0
    skipped: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """Everything that was mail and was taken."""
        return self.emails + self.duplicates + self.unreadable

    def duplicate(self, chain_id: str | None) -> None:
        """Count a message that the ledger has, in the chain *chain_id*."""
        self.duplicates += 1
        if chain_id:
            self.chains.add(chain_id)

    def was_unreadable(self, name: str, reason: str) -> None:
        """Count a message that nobody could read, and name it."""
        self.unreadable += 1
        self.complaints.append(f"{name}: {reason}")

    def was_not_mail(self, name: str, reason: str) -> None:
        """Count a file that is not mail, and name it."""
        self.not_mail += 1
        self.complaints.append(f"{name}: not mail: {reason}")

    def as_json(self) -> dict[str, int]:
        """The last line of `ingest --json` and `run --json`; what was left out stands in it where anything was."""
        left_out = {"excluded": self.excluded, "forgotten": self.forgotten, "skipped": self.skipped}
        return {
            "messages": self.messages,
            "emails": self.emails,
            "duplicates": self.duplicates,
            "unreadable": self.unreadable,
            "not_mail": self.not_mail,
            "chains": len(self.chains),
            "published": self.published,
            **{name: count for name, count in left_out.items() if count},
        }
