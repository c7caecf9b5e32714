"""Servers that are overloaded, lie, or mean harm: what they may do to us, and what we tell of it."""

from __future__ import annotations

import base64
import socket
import traceback
from pathlib import Path

import pytest
from imapclient.exceptions import IMAPClientAbortError
from pydantic import SecretStr

from chainmail.local.servers import free_port
from producer.sources.imap.account import open_account
from producer.sources.imap.bounded import AnswerTooLargeError, BoundedClient
from producer.sources.imap.login import LoginRefusedError, MailServerUnreachableError, connect
from tests.servers.dovecot import certify
from tests.servers.scripted_imap import GREETING, ScriptedImap, scripted_imap

SECRET = "hunter2-correct-horse"  # noqa: S105 - made up, to be looked for
CYRILLIC = "сезам-откройся"


def _connect(url: str) -> BoundedClient:
    return connect(open_account(url, usual_password=SecretStr(SECRET)))


def _plain(server: ScriptedImap, **limits: int) -> BoundedClient:
    return BoundedClient("127.0.0.1", server.port, tls=None, connect_timeout_s=2, read_timeout_s=2, **limits)


def test_nothing_secret_is_said_where_starttls_is_taken_out() -> None:
    """Somebody on the way could take STARTTLS out of the greeting, and be sent the password."""
    with (
        scripted_imap() as server,
        pytest.raises(LoginRefusedError, match=r"no STARTTLS is offered.*imaps://"),
    ):
        _connect(f"imap://ann@127.0.0.1:{server.port}/")
    assert [line.split()[1] for line in server.heard] == [b"CAPABILITY"]


def test_preauth_before_starttls_is_refused() -> None:
    """Somebody on the way could give us another mailbox, in plain text."""
    greeting = b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
    answers = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n$tag OK done\r\n"}
    with (
        scripted_imap(greeting, **answers) as server,
        pytest.raises(LoginRefusedError, match="no STARTTLS is offered"),
    ):
        _connect(f"imap://ann@127.0.0.1:{server.port}/")
    assert not any(b"STARTTLS" in line for line in server.heard)


def test_starttls_that_is_refused_sends_no_password() -> None:
    """A server that takes its offer back would be sent the password in plain text."""
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n$tag OK done\r\n",
        "STARTTLS": b"$tag NO not now\r\n",
    }
    with scripted_imap(**answers) as server, pytest.raises(MailServerUnreachableError, match=r"STARTTLS|TLS session"):
        _connect(f"imap://ann@127.0.0.1:{server.port}/")
    assert not any(b"AUTHENTICATE" in line or b"LOGIN" in line for line in server.heard)


def test_what_was_said_before_tls_does_not_count(tmp_path: Path) -> None:
    """Somebody on the way could add mail of their own to the first answer within TLS."""
    certify(tmp_path, "localhost")
    forged = b'* LIST () "/" "forged"\r\n'
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n$tag OK done\r\n",
        "STARTTLS": forged + b"$tag OK go on\r\n" + forged,
        "AUTHENTICATE": b"+ \r\n",
        "": b"$tag OK done\r\n",
    }
    with scripted_imap(certificate=tmp_path, **answers) as server:
        client = _connect(f"imap://ann@localhost:{server.port}/?ca_file={tmp_path / 'cert.pem'}")
        assert client.list_folders() == []
        client.drop()


def test_server_that_says_goodbye_is_quoted() -> None:
    """A person would not learn that there are too many connections."""
    with (
        scripted_imap(b"* BYE [UNAVAILABLE] Too many connections from your address\r\n") as server,
        pytest.raises(MailServerUnreachableError, match="Too many connections from your address"),
    ):
        _connect(server.url())


@pytest.mark.parametrize(
    "answer",
    [
        b"$tag NO [UNAVAILABLE] Temporary authentication failure.\r\n",
        b"$tag NO [ALERT] Too many simultaneous connections. (Failure)\r\n",
        b"$tag NO [OVERQUOTA] Account exceeded command or bandwidth limits.\r\n",
        b"* BYE shutting down\r\n",
    ],
)
def test_login_that_fails_for_a_while_may_work_later(answer: bytes) -> None:
    """A mail server's bad minute would be taken for a wrong password, and end a `--follow`."""
    with (
        scripted_imap(AUTHENTICATE=b"+ \r\n", **{"": answer}) as server,
        pytest.raises(MailServerUnreachableError, match=r"ann@127\.0\.0\.1") as met,
    ):
        _connect(server.url())
    assert answer.split(maxsplit=2)[2].decode().strip() in str(met.value), "the server's own words"


@pytest.mark.parametrize("code", ["AUTHENTICATIONFAILED", "EXPIRED", "CONTACTADMIN"])
def test_refusal_with_a_code_stays_one(code: str) -> None:
    """A wrong password would be tried until the account is locked, because the server speaks of too many tries."""
    answer = f"$tag NO [{code}] wrong password, too many tries\r\n".encode()
    with (
        scripted_imap(AUTHENTICATE=b"+ \r\n", **{"": answer}) as server,
        pytest.raises(LoginRefusedError, match="too many tries"),
    ):
        _connect(server.url())


def test_server_without_plain_is_logged_in_on_by_login() -> None:
    """Old servers that know LOGIN alone could not be read."""
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n$tag OK done\r\n",
        "LOGIN": b"$tag OK [CAPABILITY IMAP4rev1] logged in\r\n",
    }
    with scripted_imap(**answers) as server:
        _connect(server.url()).drop()
    assert server.heard[1].split(b" ", 1)[1] == f'LOGIN ann "{SECRET}"\r\n'.encode()


def test_login_that_is_disabled_sends_no_password() -> None:
    """A server that says that it takes no passwords would be sent one, and nobody be told to use OAuth2."""
    answers = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n$tag OK done\r\n"}
    with (
        scripted_imap(**answers) as server,
        pytest.raises(LoginRefusedError, match='takes no passwords here: set auth = "xoauth2"'),
    ):
        _connect(server.url())
    assert [line.split()[1] for line in server.heard] == [b"CAPABILITY"]


def test_password_of_other_scripts_is_refused_in_words_by_login() -> None:
    """LOGIN carries ASCII alone: the error would be a traceback that shows the password."""
    answers = {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n$tag OK done\r\n"}
    with scripted_imap(**answers) as server, pytest.raises(LoginRefusedError, match="in ASCII alone") as met:
        connect(open_account(server.url(), usual_password=SecretStr(CYRILLIC)))
    assert CYRILLIC not in "".join(traceback.format_exception(met.value))


@pytest.mark.parametrize(("auth", "reply"), [("xoauth2", b"\r\n"), ("oauthbearer", b"AQ==\r\n")])
def test_challenge_of_a_refused_token_is_quoted(auth: str, reply: bytes) -> None:
    """A person would not learn which scope the provider wants; a server would wait for the reply (RFC 7628 §3.2.3)."""
    challenge = base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}')
    answers = {"AUTHENTICATE": b"+ \r\n", "": b"+ " + challenge + b"\r\n", "*": b"$tag NO [ALERT] no\r\n"}
    with scripted_imap(**answers) as server, pytest.raises(LoginRefusedError) as met:
        _connect(server.url() + f"&auth={auth}&token_command=printf+{SECRET}")
    assert "refused (status 400, scope https://mail.google.com/)" in str(met.value)
    assert server.heard[-2:] == [reply, b"*\r\n"], "a second challenge ends the log-in"


def test_refusal_that_repeats_the_password_is_not_shown() -> None:
    """A server could put the password into our log."""
    answer = f"$tag NO wrong password {SECRET} for ann\r\n".encode()
    with (
        scripted_imap(AUTHENTICATE=b"+ \r\n", **{"": answer}) as server,
        pytest.raises(LoginRefusedError, match="wrong password … for ann") as met,
    ):
        _connect(server.url())
    shown = "".join(traceback.format_exception(met.value))
    assert SECRET not in shown
    assert base64.b64encode(f"\0ann\0{SECRET}".encode()).decode() not in shown


def test_server_that_asks_on_and_on_is_left() -> None:
    """A server could hold an account for ever in the midst of logging in."""
    with (
        scripted_imap(AUTHENTICATE=b"+ \r\n", **{"": b"+ \r\n"}) as server,
        pytest.raises(MailServerUnreachableError, match="asks on and on"),
    ):
        _connect(server.url())
    assert len(server.heard) < 10


def test_server_that_says_nothing_is_left_in_time() -> None:
    """A server that has hung itself up would hold the account for ever."""
    with (
        scripted_imap(b"") as server,
        pytest.raises(MailServerUnreachableError, match="timed out"),
    ):
        _connect(server.url().replace("connect_timeout_s=2", "connect_timeout_s=0.2"))


def test_server_that_is_not_there_may_come_back() -> None:
    """A restart of the mail server would end a `--follow`."""
    with pytest.raises(MailServerUnreachableError, match="Connection refused"):
        _connect(f"imaps://ann@127.0.0.1:{free_port()}/")


def test_server_that_hangs_up_in_the_handshake_may_work_later() -> None:
    """A broken line would be taken for a wrong setting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = f"imaps://ann@127.0.0.1:{port}/?connect_timeout_s=0.2"
        with pytest.raises(MailServerUnreachableError, match="timed out"):
            _connect(url)


def test_server_that_speaks_no_imap_is_named() -> None:
    """An address with the port of another service would show a traceback."""
    with scripted_imap(b"220 mail.example.org ESMTP\r\n") as server, pytest.raises(MailServerUnreachableError) as met:
        _connect(server.url())
    assert str(met.value).startswith(f"127.0.0.1:{server.port}: ")
    assert "220 mail.example.org ESMTP" in str(met.value)


def test_literal_of_any_length_is_not_read() -> None:
    """A server could fill the memory with one line: imaplib reads as many bytes as it announces."""
    answers = {"NOOP": b"* 1 FETCH (UID 1 BODY[] {99999999999999}\r\nx"}
    with scripted_imap(GREETING, **answers) as server:
        client = _plain(server)
        with pytest.raises(AnswerTooLargeError, match="more than 335544320 bytes for one command"):
            client.noop()
        client.drop()


@pytest.mark.parametrize("literal", [b"{" + b"9" * 5_000 + b"}", b"{99999999999999999999}"])
def test_number_that_is_none_ends_the_connection(literal: bytes) -> None:
    """An error that no one expects would end the program: Python reads no numbers of 5,000 digits."""
    with scripted_imap(GREETING, NOOP=b"* 1 FETCH (BODY[] " + literal + b"\r\n") as server:
        client = _plain(server)
        with pytest.raises(IMAPClientAbortError):
            client.noop()
        client.drop()


def test_lines_without_end_are_not_kept() -> None:
    """A server could fill the memory with short lines, each within every limit."""
    with scripted_imap(GREETING, NOOP=b"* 1 EXISTS\r\n" * 1_000) as server:
        client = _plain(server, max_answer_bytes=100_000)
        with pytest.raises(IMAPClientAbortError, match="more than 100000 bytes for one command"):
            client.noop()
        client.drop()


def test_line_without_end_is_not_read_on() -> None:
    """What follows a line that is too long would be taken for an answer."""
    with scripted_imap(GREETING, NOOP=b"* OK " + b"x" * 1_100_000 + b"\r\n$tag OK done\r\n") as server:
        client = _plain(server)
        with pytest.raises(AnswerTooLargeError, match="more than 1000000 bytes"):
            client.noop()
        client.drop()


def test_many_answers_within_the_limit_are_read() -> None:
    """A connection would be of no more use after its first gigabyte."""
    with scripted_imap(GREETING, NOOP=b"* 1 EXISTS\r\n" * 10 + b"$tag OK done\r\n") as server:
        client = _plain(server, max_answer_bytes=2_000)
        assert [client.noop()[0] for _time in range(5)] == [b"done"] * 5
        client.drop()


def test_connection_is_told_our_name() -> None:
    """Servers that want to know (RFC 2971) would let nobody read."""
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 ID AUTH=PLAIN\r\n$tag OK done\r\n",
        "AUTHENTICATE": b"+ \r\n",
        "ID": b"* ID NIL\r\n$tag OK done\r\n",
        "": b"$tag OK logged in\r\n",
    }
    with scripted_imap(**answers) as server:
        _connect(server.url()).drop()
    assert any(b'ID ("name" "chainmail")' in line for line in server.heard)


@pytest.mark.parametrize(
    ("answer", "is_entered"), [(b"$tag BAD what?\r\n", True), (b"* BYE closed for today\r\n", False)]
)
def test_name_that_is_not_wanted_does_no_harm(answer: bytes, is_entered: bool) -> None:
    """A server that has no use for our name could not be read; one that hangs up then would end a `--follow`."""
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 ID AUTH=PLAIN\r\n$tag OK done\r\n",
        "AUTHENTICATE": b"+ \r\n",
        "ID": answer,
        "": b"$tag OK logged in\r\n",
    }
    with scripted_imap(**answers) as server:
        if is_entered:
            client = _connect(server.url())
            assert client.noop()[0] == b"logged in"
            client.drop()
        else:
            with pytest.raises(MailServerUnreachableError, match="closed for today"):
                _connect(server.url())
