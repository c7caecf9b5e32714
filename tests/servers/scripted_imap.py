"""A mail server that says what a test wants, on loopback: overloaded, lying or hostile."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

GREETING = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2] ready\r\n"
_CAPABILITIES = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2\r\n$tag OK done\r\n"


class ScriptedImap:
    """Answers each command by its name; `heard` has all lines that clients sent."""

    def __init__(self, greeting: bytes, answers: Mapping[str, bytes]) -> None:
        #: `$tag` stands for the command's; what is not named is answered as "" is.
        self.answers = {"CAPABILITY": _CAPABILITIES, "": b"$tag NO no\r\n", **answers}
        self.greeting = greeting
        self.heard: list[bytes] = []
        self.port = 0

    def url(self, user: str = "ann") -> str:
        """Return the address, without TLS."""
        return f"imap://{user}@127.0.0.1:{self.port}/?security=none&connect_timeout_s=2&read_timeout_s=2"


@contextmanager
def scripted_imap(
    greeting: bytes = GREETING, certificate: Path | None = None, **answers: bytes
) -> Iterator[ScriptedImap]:
    """Yield a running server; it ends with the block. STARTTLS works with `cert.pem` and `key.pem` in a folder."""
    script = ScriptedImap(greeting, answers)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(script.greeting)
            tag = b""
            while line := self.rfile.readline():
                script.heard.append(line)
                words = line.split()
                is_command = len(words) > 1
                tag = words[0] if is_command else tag
                name = (words[1] if is_command else line.strip()).decode("utf-8", "replace").upper()
                answer = script.answers.get(name, script.answers[""]).replace(b"$tag", tag)
                self.wfile.write(answer)
                if answer.startswith(b"* BYE"):
                    return
                if name == "STARTTLS" and certificate:
                    self._secure(certificate)

        def _secure(self, folder: Path) -> None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
            self.request = context.wrap_socket(self.request, server_side=True)
            self.setup()

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:  # the client has gone
                return
            finally:
                self.request.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """Clients leave in the middle of an answer."""

    with Server(("127.0.0.1", 0), Handler) as server:
        script.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield script
        finally:
            server.shutdown()
