"""Which kind of source a text means: a mail account, or a path, which is looked at unless the user says its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from chainmail.account_settings import AccountSettings
from producer.sources.files import Eml, Folder, LeavesOut, nothing_out
from producer.sources.imap.account import is_account, open_account
from producer.sources.maildir import Maildir, is_maildir
from producer.sources.mbox import Mbox, is_mbox
from producer.sources.source import Source, SourceError, SourceKind
from producer.sources.zipped import Zipped, is_zip

_NO_PASSWORD = SecretStr("")


@dataclass(frozen=True)
class MailServers:
    """What reading from mail servers needs: accounts by name, the usual password, and who is told why it waits."""

    accounts: Mapping[str, AccountSettings] = field(default_factory=dict)
    usual_password: SecretStr = _NO_PASSWORD
    say: Callable[[str], None] = lambda _words: None


_NO_SERVERS = MailServers()


def open_source(
    text: str,
    kind: SourceKind | None = None,
    leaves_out: LeavesOut = nothing_out,
    servers: MailServers = _NO_SERVERS,
) -> Source:
    """Return the source that *text* names: a mail account, or a path whose kind is looked at, unless *kind* says it.

    Folders in it that *leaves_out* names are passed over.

    Raises:
        SourceError: There is nothing, or nothing that is known.
    """
    if is_account(text):
        from producer.sources.imap.pulling import MailAccount

        return MailAccount(open_account(text, servers.accounts, servers.usual_password), leaves_out, servers.say)
    if "://" in text:
        raise SourceError(f"{text}: mail servers are named imaps://user@host/FOLDER, or imap:// for STARTTLS")
    path = Path(text).expanduser()
    if not path.exists():
        raise SourceError(f"{text}: there is no such file or folder")
    kind = kind or kind_of(path)
    needs_folder = kind in {SourceKind.MAILDIR, SourceKind.FOLDER}
    if needs_folder != path.is_dir():
        raise SourceError(f"{text}: is {'a folder' if path.is_dir() else 'a file'}, so it cannot be taken for {kind}")
    if kind in {SourceKind.MAILDIR, SourceKind.FOLDER}:
        return (Maildir if kind is SourceKind.MAILDIR else Folder)(path, leaves_out)
    made: dict[SourceKind, type[Mbox | Eml | Zipped]] = {
        SourceKind.MBOX: Mbox,
        SourceKind.EML: Eml,
        SourceKind.ZIP: Zipped,
    }
    return made[kind](path)


def kind_of(path: Path) -> SourceKind:
    """Return what a folder's shape, or a file's first bytes, say that it is."""
    if path.is_dir():
        return SourceKind.MAILDIR if is_maildir(path) else SourceKind.FOLDER
    if is_zip(path):
        return SourceKind.ZIP
    return SourceKind.MBOX if is_mbox(path) else SourceKind.EML
