"""An OAuth2 server for tests: gives tokens for refresh tokens, and tells Dovecot whose an access token is."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs


class TokenServer:
    """Tokens by hand: `users` has whose access token each is, `answers` what the token endpoint says next."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        #: Status and JSON (or bytes that are none) of the next answers of the token endpoint, by refresh token.
        self.answers: dict[str, list[tuple[int, dict[str, Any] | bytes]]] = {}
        #: The forms that the token endpoint was sent.
        self.asked: list[dict[str, str]] = []
        handler = type("Handler", (_Handler,), {"tokens": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @property
    def url(self) -> str:
        """The token endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}/token"

    @property
    def introspection_url(self) -> str:
        """Where a mail server asks whose token it was given."""
        return f"http://127.0.0.1:{self._server.server_port}/introspect"

    def introspect(self, token: str) -> tuple[int, dict[str, Any]]:
        """Say whose token it is (RFC 7662)."""
        user = self.users.get(token)
        return 200, ({"active": True, "username": user} if user else {"active": False})

    def give(self, form: dict[str, str]) -> tuple[int, dict[str, Any] | bytes]:
        """Give the next answer for a refresh token (RFC 6749 §6)."""
        self.asked.append(form)
        waiting = self.answers.get(form.get("refresh_token", ""))
        return waiting.pop(0) if waiting else (400, {"error": "invalid_grant", "error_description": "Token revoked."})

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    tokens: ClassVar[TokenServer]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one request."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
        is_token = self.path == "/token"
        status, answer = self.tokens.give(form) if is_token else self.tokens.introspect(form.get("token", ""))
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
