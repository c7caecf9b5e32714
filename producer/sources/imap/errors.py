"""The two ways in which a mail server is not entered: somebody must change something, or it may work later."""

from __future__ import annotations

from producer.sources.source import SourceError

_SHOWN_CHARACTERS = 300


class LoginRefusedError(SourceError):
    """Nobody gets in until somebody changes something: a password, a consent, a certificate, a setting. Exit code 2."""


class MailServerUnreachableError(Exception):
    """The server cannot be asked now; the same may work in a while."""


def one_line(text: str) -> str:
    """Return what a server or program said, so that it can be shown: no escape sequences, one line, not endless."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_SHOWN_CHARACTERS]
