"""A real Dovecot for tests: two ports, a certificate of its own, any user with one password, OAuth2 tokens."""

from __future__ import annotations

import grp
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from chainmail.local import servers
from chainmail.local.servers import Server
from tests.servers.require import lacking
from tests.servers.tokens import TokenServer

#: Of every user; not ASCII, because people's are not.
PASSWORD = "sésame-ouvre-toi"  # noqa: S105 - of a server that lives as long as the tests
_MEND = "apt install dovecot-imapd openssl"
_START_TIMEOUT_S = 20
_delivery = itertools.count()

#: Passwords are allowed on the plain port, because a loopback connection counts as secure.
_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
listen = 127.0.0.1
protocols = imap
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
ssl_min_protocol = TLSv1.2
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_max_userip_connections = 1000
first_valid_uid = 1
mail_location = maildir:~/Maildir
maildir_very_dirty_syncs = no
mailbox_list_index = no
imap_idle_notify_interval = 2 mins
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-hibernate {{
  chroot =
}}
"""

_OAUTH2 = """
introspection_mode = post
introspection_url = {introspection_url}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass
class Dovecot:
    """A running server; every user exists, with an empty mailbox, and has `PASSWORD`."""

    home: Path
    tokens: TokenServer
    #: Plain text and STARTTLS.
    port: int = field(default_factory=servers.free_port)
    #: TLS from the first byte.
    tls_port: int = field(default_factory=servers.free_port)
    _server: Server | None = None

    @property
    def ca_file(self) -> Path:
        """The certificate, for the name localhost and no other; nobody trusts it but who is told to."""
        return self.home / "cert.pem"

    def url(self, user: str, folder: str = "INBOX") -> str:
        """Return the address of a folder, by TLS."""
        return f"imaps://{quote(user, safe='')}@localhost:{self.tls_port}/{quote(folder)}"

    def starttls_url(self, user: str, folder: str = "INBOX") -> str:
        """Return the address of a folder, by STARTTLS."""
        return f"imap://{quote(user, safe='')}@localhost:{self.port}/{quote(folder)}"

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """Return the Maildir of a folder as it lies on disk (Maildir++: `.Sent`, `.Archive.2026`)."""
        root = self.home / "mail" / user / "Maildir"
        return root if folder == "INBOX" else root / f".{folder.replace('/', '.')}"

    def deliver(self, user: str, content: bytes, folder: str = "INBOX") -> Path:
        """Put a message into a folder as a delivery agent does; IDLE sees it."""
        maildir = self.maildir(user, folder)
        for part in ("tmp", "new", "cur"):
            self._own_folder(maildir / part)
        name = f"{next(_delivery):06}.{os.getpid()}.{socket.gethostname()}"
        waiting, arrived = maildir / "tmp" / name, maildir / "new" / name
        waiting.write_bytes(content)
        os.chown(waiting, self.owner.pw_uid, self.owner.pw_gid)
        return waiting.rename(arrived)

    def _own_folder(self, folder: Path) -> None:
        if not folder.exists():
            self._own_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)

    @property
    def owner(self) -> pwd.struct_passwd:
        """Whose the mail is on disk: Dovecot gives none to root."""
        return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())

    def start(self) -> None:
        """Start it, on the ports that it had before."""
        command = [_program("dovecot"), "-F", "-c", str(self.home / "dovecot.conf")]
        self._server = servers.start("Dovecot", command, self.home / "guard.log")
        self._server.wait_until(lambda: servers.answers(self.port) and servers.answers(self.tls_port), _START_TIMEOUT_S)

    def stop(self) -> None:
        """End it with all its connections; mail stays."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def prepare(self) -> None:
        """Write the configuration and make the certificate."""
        is_root = os.getuid() == 0
        owner = self.owner.pw_name
        group = grp.getgrgid(self.owner.pw_gid).gr_name
        values = {
            "home": self.home,
            "internal_user": "dovecot" if is_root else owner,
            "internal_group": "dovecot" if is_root else group,
            "login_user": "dovenull" if is_root else owner,
            "password": PASSWORD,
            "uid": self.owner.pw_uid,
            "gid": self.owner.pw_gid,
            "port": self.port,
            "tls_port": self.tls_port,
        }
        (self.home / "dovecot.conf").write_text(_CONFIG.format(**values), "utf-8")
        oauth2 = _OAUTH2.format(introspection_url=self.tokens.introspection_url)
        (self.home / "oauth2.conf").write_text(oauth2, "utf-8")
        certify(self.home, "localhost")
        self._own_folder(self.home / "mail")


def certify(folder: Path, host: str) -> None:
    """Make `cert.pem` for one host name, signed by itself, and `key.pem`."""
    names = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    usage = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    made = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run([_program("openssl"), "req", *kind, *names, *usage, *made], check=True, capture_output=True)


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        lacking(f"`{name}`", _MEND)
    return found


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Yield a running Dovecot; it ends with the block.

    Its folder has a short name and can be entered by all: sockets lie in it, and it works as several users.
    """
    _program("dovecot")
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder, TokenServer() as tokens:
        Path(folder).chmod(0o755)
        own = Dovecot(Path(folder), tokens)
        own.prepare()
        try:
            own.start()
            yield own
        finally:
            own.stop()
