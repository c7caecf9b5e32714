"""The two ways in which a mail server is not entered: somebody must change something, or it may work later."""

from __future__ import annotations

from producer.sources.source import SourceError


class LoginRefusedError(SourceError):
    """Nobody gets in until somebody changes something: a password, a consent, a certificate, a setting. Exit code 2."""


class MailServerUnreachableError(Exception):
    """The server cannot be asked now; the same may work in a while."""
