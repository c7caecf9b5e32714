"""Whose certificates are trusted, and in words what is wrong with one that is not."""

from __future__ import annotations

import ssl
from pathlib import Path

from producer.sources.imap.errors import LoginRefusedError, MailServerUnreachableError


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name: by the system's authorities and *ca_file*.

    Raises:
        LoginRefusedError: *ca_file* cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file.expanduser())
        except OSError as error:  # ssl.SSLError is one
            why = error.strerror if isinstance(error, FileNotFoundError | PermissionError) else "no PEM certificates"
            raise LoginRefusedError(f"ca_file {ca_file} cannot be used: {why}") from error
    return context


def tls_failure(where: str, error: ssl.SSLError) -> Exception:
    """Return what a failed handshake means: a certificate and a wrong port stay as they are, a network may recover."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return LoginRefusedError(_certificate_words(where, error))
    if error.reason == "WRONG_VERSION_NUMBER":
        return LoginRefusedError(f"{where} does not speak TLS from the start; for STARTTLS write imap:// (port 143)")
    return MailServerUnreachableError(f"{where}: TLS does not come about: {error.reason or error}")


def _certificate_words(where: str, error: ssl.SSLCertVerificationError) -> str:
    mend = (
        "if it is your own authority's, give its certificate: ca_file = \"/path/ca.pem\" in the account's table, or "
        "?ca_file=/path/ca.pem in the address"
    )
    if "ostname mismatch" in error.verify_message or "IP address mismatch" in error.verify_message:
        mend = "connect by the name that stands in the certificate"
    elif "expired" in error.verify_message:
        mend = "it has to be renewed on the server"
    return f"{where}: its certificate is not trusted ({error.verify_message}); {mend}"
