"""Which folders of a mailbox are read (pure): all that hold mail of their own, or what the user names.

Comes in: what LIST says. Special uses (RFC 6154) are known by their attributes; where a server gives none for a use,
by the names that mail programs give such folders.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from producer.sources.source import SourceError

#: Names of folders (without case), by special use, in the languages of the common mail programs.
_USUAL_NAMES: Mapping[str, frozenset[str]] = {
    "\\junk": frozenset(
        """junk|junk e-mail|junk email|junk mail|spam|bulk mail|bulk|spamverdacht|unerwünscht|pourriel|indésirables
        |courrier indésirable|correo no deseado|posta indesiderata|lixo eletrônico|lixo eletrónico|ongewenste e-mail
        |ongewenst|skräppost|spamkorg|uønsket e-post|søppelpost|uønsket mail|roskaposti|wiadomości-śmieci|спам
        |нежелательная почта|迷惑メール|垃圾邮件|垃圾郵件""".replace("\n        ", "").split("|")
    ),
    "\\trash": frozenset(
        """trash|deleted|deleted items|deleted messages|bin|wastebasket|papierkorb|gelöscht|gelöschte elemente
        |gelöschte objekte|corbeille|éléments supprimés|messages supprimés|papelera|elementos eliminados|eliminados
        |cestino|posta eliminata|lixeira|itens excluídos|itens eliminados|prullenbak|verwijderde items|papperskorgen
        |borttaget|slettede elementer|slettet post|roskakori|poistetut|kosz|elementy usunięte|корзина|удаленные
        |удалённые|ごみ箱|削除済みアイテム|已删除邮件|已刪除的郵件""".replace("\n        ", "").split("|")
    ),
    "\\drafts": frozenset(
        """drafts|draft|entwürfe|entwurf|brouillons|borradores|bozze|rascunhos|concepten|utkast|kladder|luonnokset
        |szkice|wersje robocze|koncepty|черновики|下書き|草稿|草稿箱""".replace("\n        ", "").split("|")
    ),
    "\\sent": frozenset(
        """sent|sent items|sent messages|sent mail|gesendet|gesendete elemente|gesendete objekte|envoyés
        |éléments envoyés|messages envoyés|enviados|elementos enviados|mensajes enviados|inviati|posta inviata
        |itens enviados|verzonden|verzonden items|skickat|skickade|sendte elementer|sendt|sendt post|lähetetyt
        |wysłane|elementy wysłane|отправленные|送信済み|送信済みアイテム|已发送|已发送邮件|寄件備份""".replace(
            "\n        ", ""
        ).split("|")
    ),
}
#: Left out unless asked for: what nobody wants to be read, and views that repeat the mail of other folders.
_UNWANTED = ("\\junk", "\\trash", "\\drafts", "\\all", "\\flagged", "\\important")
_NO_MAILBOX = {"\\noselect", "\\nonexistent"}
#: Folders that clients' folders stand in.
_ROOTS = {"inbox", "[gmail]", "[google mail]"}
_SHOWN_NAMES = 5


@dataclass(frozen=True)
class Folder:
    """One folder: its name for people, as the server writes it (modified UTF-7), and its attributes in lower case."""

    name: str
    raw_name: bytes
    separator: str = "/"
    flags: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """The name with `/` between its parts, whatever the server puts there."""
        return self.name.replace(self.separator, "/") if self.separator else self.name


def choose(
    listed: Iterable[Folder],
    wanted: Sequence[str] = (),
    *,
    leaves_out: Callable[[str], bool] = lambda _name: False,
    is_gmail: bool = False,
    strict: bool = True,
) -> list[Folder]:
    r"""Return the folders to be read, the INBOX first, then in the order of their names.

    Args:
        listed: All folders of the mailbox.
        wanted: Names, patterns (`*` any text, `%` any without a separator) and special uses (`\Sent`); none: all that
            hold mail, without junk, trash, drafts and views; of Gmail, whose folders are labels, All Mail alone.
        leaves_out: Tells which are never read.
        is_gmail: Whether the server has Gmail's extensions.
        strict: Whether each of *wanted* has to be there.

    Raises:
        SourceError: It is not, or nothing is left; with names like it.
    """
    folders = [folder for folder in listed if not folder.flags & _NO_MAILBOX]
    if wanted:
        matches = {pattern: _matching(pattern, folders) for pattern in wanted}
        lacking = [pattern for pattern, found in matches.items() if not found]
        if lacking and strict:
            raise SourceError(f"there is no folder {lacking[0]}; {_like(lacking[0], folders)}")
        chosen = {folder.raw_name: folder for found in matches.values() for folder in found}
    else:
        chosen = {folder.raw_name: folder for folder in _usual(folders, is_gmail=is_gmail)}
    kept = [folder for folder in chosen.values() if not leaves_out(folder.path)]
    if not kept and strict:
        raise SourceError(f"no folder is left to be read; {_like('', folders)}")
    return sorted(kept, key=lambda folder: (not _is_inbox(folder), folder.name))


def front_of(chosen: Sequence[Folder]) -> Folder:
    """Return the folder in which new mail shows first: All Mail where it is read, else the INBOX, else the first."""
    return next((folder for folder in chosen if "\\all" in folder.flags), chosen[0])


def _usual(folders: list[Folder], *, is_gmail: bool) -> list[Folder]:
    everything = [folder for folder in folders if "\\all" in folder.flags]
    if is_gmail and everything:
        return everything
    unwanted = [folder for use in _UNWANTED for folder in _of_use(use, folders)]
    return [
        folder
        for folder in folders
        if not any(folder.path == bad.path or folder.path.startswith(f"{bad.path}/") for bad in unwanted)
    ]


def _of_use(use: str, folders: list[Folder]) -> list[Folder]:
    """Return the folders of a special use (lower case): by attribute, else by name."""
    flagged = [folder for folder in folders if use in folder.flags]
    names = _USUAL_NAMES.get(use, frozenset())
    return flagged or [folder for folder in folders if _own_name(folder) in names]


def _own_name(folder: Folder) -> str:
    """Return the name in lower case, without the folder that all folders stand in; nothing where it is deeper."""
    parts = folder.path.casefold().split("/")
    if len(parts) > 1 and parts[0] in _ROOTS:
        parts = parts[1:]
    return parts[0] if len(parts) == 1 else ""


def _matching(pattern: str, folders: list[Folder]) -> list[Folder]:
    if pattern.startswith("\\"):
        return _of_use(pattern.lower(), folders)
    return [
        folder
        for folder in folders
        if _fits(pattern, folder.path, "/")
        or _fits(pattern, folder.name, folder.separator)
        or (_is_inbox(folder) and pattern.upper() == "INBOX")
    ]


def _fits(pattern: str, name: str, separator: str) -> bool:
    """Tell whether a name fits a pattern as LIST means it: `%` stands for what holds no separator."""
    wild = {"*": ".*", "%": f"[^{re.escape(separator)}]*" if separator else ".*"}
    translated = "".join(wild.get(part, re.escape(part)) for part in re.split(r"([*%])", pattern))
    return name == pattern or re.fullmatch(translated, name, re.DOTALL) is not None


def _is_inbox(folder: Folder) -> bool:
    return folder.name.upper() == "INBOX"


def _like(name: str, folders: list[Folder]) -> str:
    names = {folder.path.casefold(): folder.path for folder in folders}
    like = difflib.get_close_matches(name.casefold(), names, _SHOWN_NAMES)
    shown = [names[each] for each in like] or sorted(names.values())[:_SHOWN_NAMES]
    return f"{'names like it' if like else 'there are'}: {', '.join(shown) or 'no folders at all'}"
