"""Logging in on a real Dovecot: passwords, tokens, certificates."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from chainmail.account_settings import AccountSettings
from chainmail.local.servers import free_port
from producer.sources.imap.account import Account, open_account
from producer.sources.imap.login import Login, LoginRefusedError, MailServerUnreachableError, connect
from tests.servers.dovecot import PASSWORD, Dovecot, certify

WRONG = "hunter2-correct-horse"


def _account(server: Dovecot, user: str, password: str = PASSWORD, **settings: object) -> Account:
    url = server.url(user, "")
    table = AccountSettings.model_validate({"url": url, "ca_file": server.ca_file, **settings})
    return open_account("account:work", {"work": table}, SecretStr(password))


def _shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.fixture
def oauth(mail_server: Dovecot, request: pytest.FixtureRequest) -> dict[str, object]:
    """Return the settings of an account whose tokens are refreshed at the test's token server."""
    return {
        "auth": "xoauth2",
        "client_id": "chainmail-tests",
        "client_secret": "client-s3cret",
        "token_url": mail_server.tokens.url,
        "refresh_token_command": f"echo first-{request.node.name}",
    }


def test_login_by_password_opens_the_mailbox(mail_server: Dovecot) -> None:
    """Nobody could read mail from a server at all."""
    mail_server.deliver("ann", b"Subject: hello\r\n\r\nhello\r\n")
    with connect(_account(mail_server, "ann")) as client:
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 1


def test_protocol_is_not_logged(mail_server: Dovecot, caplog: pytest.LogCaptureFixture) -> None:
    """Mail would stand in the log, and each line cost its text: imapclient logs all that a server says."""
    mail_server.deliver("anton", b"Subject: hello\r\n\r\nhello\r\n")
    with caplog.at_level(logging.DEBUG), connect(_account(mail_server, "anton")) as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.fetch([1], ["BODY.PEEK[]"])) == 1
    assert [record.name for record in caplog.records if record.name == "imapclient.imaplib"] == []
    assert "hello" not in caplog.text
    assert PASSWORD not in caplog.text


def test_login_by_starttls_opens_the_mailbox(mail_server: Dovecot) -> None:
    """The many servers with port 143 alone could not be read; or would be, in plain text."""
    account = open_account(
        f"{mail_server.starttls_url('ann')}?ca_file={quote(str(mail_server.ca_file))}",
        usual_password=SecretStr(PASSWORD),
    )
    with connect(account) as client:
        assert client.socket().version() in {"TLSv1.2", "TLSv1.3"}
        assert client.folder_exists("INBOX")


def test_login_without_tls_is_possible_on_loopback(mail_server: Dovecot) -> None:
    """A bridge on this host (Proton's, DavMail) could not be used."""
    url = f"imap://ann@127.0.0.1:{mail_server.port}/?security=none"
    with connect(open_account(url, usual_password=SecretStr(PASSWORD))) as client:
        assert client.folder_exists("INBOX")


def test_user_names_with_an_at_sign_log_in(mail_server: Dovecot) -> None:
    """Nearly all users are named by their address, and could not log in."""
    with connect(_account(mail_server, "ann@example.org")) as client:
        assert client.folder_exists("INBOX")


@pytest.mark.parametrize("url", ["url", "starttls_url"])
def test_wrong_password_is_refused_in_words_without_it(mail_server: Dovecot, url: str) -> None:
    """It would be tried until the account is locked, or stand in the log."""
    address = f"{getattr(mail_server, url)('ann')}?ca_file={mail_server.ca_file}"
    with pytest.raises(LoginRefusedError, match=r"ann@localhost:\d+: .*Authentication failed.*password right") as met:
        connect(open_account(address, usual_password=SecretStr(WRONG)))
    assert WRONG not in _shown(met.value)


def test_password_that_has_changed_is_asked_for_again(mail_server: Dovecot, tmp_path: Path) -> None:
    """A password that was changed would end a `--follow` although the new one is known."""
    place = tmp_path / "password"
    login = Login(_account(mail_server, "ann", password_command=f"cat {place}"))
    place.write_text("the one before", "utf-8")
    login._secret.get()
    place.write_text(PASSWORD, "utf-8")
    with login.connect() as client:
        assert client.folder_exists("INBOX")


def test_password_command_that_fails_says_what_it_said(mail_server: Dovecot) -> None:
    """A person would not learn that the password store is locked; or read the password in the log."""
    command = f"{sys.executable} -c \"import sys; print('{WRONG}'); sys.exit('store is locked')\""
    with pytest.raises(LoginRefusedError, match=r"password_command failed with exit code 1: store is locked") as met:
        connect(_account(mail_server, "ann", password_command=command))
    assert "printed" not in str(met.value)


def test_certificate_of_an_unknown_authority_is_refused(mail_server: Dovecot) -> None:
    """Anybody on the way could read the password."""
    with pytest.raises(LoginRefusedError, match=r"certificate is not trusted \(self-signed.*ca_file = ") as met:
        connect(_account(mail_server, "ann", WRONG, ca_file=None))
    assert WRONG not in _shown(met.value)


def test_certificate_of_another_authority_is_refused(mail_server: Dovecot, tmp_path: Path) -> None:
    """`ca_file` would trust whatever a server shows."""
    certify(tmp_path, "localhost")
    with pytest.raises(LoginRefusedError, match=r"certificate is not trusted"):
        connect(_account(mail_server, "ann", ca_file=tmp_path / "cert.pem"))


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_certificate_for_another_name_is_refused(mail_server: Dovecot, scheme: str) -> None:
    """Whoever has any certificate could pose as the mail server."""
    port = mail_server.tls_port if scheme == "imaps" else mail_server.port
    url = f"{scheme}://ann@127.0.0.1:{port}/?ca_file={mail_server.ca_file}"
    with pytest.raises(LoginRefusedError, match=r"IP address mismatch.*connect by the name"):
        connect(open_account(url, usual_password=SecretStr(PASSWORD)))


def test_ca_file_without_certificates_is_named(mail_server: Dovecot, tmp_path: Path) -> None:
    """A person would look for the fault at the server."""
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(LoginRefusedError, match=r"ca\.pem cannot be used: no PEM certificates"):
        connect(_account(mail_server, "ann", ca_file=tmp_path / "ca.pem"))
    with pytest.raises(LoginRefusedError, match=r"none\.pem cannot be used: No such file"):
        connect(_account(mail_server, "ann", ca_file=tmp_path / "none.pem"))


def test_tls_on_the_plain_port_is_a_wrong_setting(mail_server: Dovecot) -> None:
    """`imaps://host:143` would be tried again for ever."""
    url = f"imaps://ann@localhost:{mail_server.port}/?ca_file={mail_server.ca_file}"
    with pytest.raises(LoginRefusedError, match=r"does not speak TLS from the start; for STARTTLS write imap://"):
        connect(open_account(url, usual_password=SecretStr(PASSWORD)))


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_token_of_a_command_logs_in(mail_server: Dovecot, auth: str) -> None:
    """Who has a token helper (oama, pizauth) could not use it."""
    user, token = f"of-command-{auth}", f"token+of/{auth}=="
    mail_server.tokens.users[token] = user
    command = f"printf '%s' {token}"
    with connect(_account(mail_server, user, auth=auth, token_command=command)) as client:
        assert client.folder_exists("INBOX")


def test_token_command_is_asked_before_every_connection(mail_server: Dovecot, tmp_path: Path) -> None:
    """The tool's first token would be used after its end, and each reconnect begin with a refusal."""
    mail_server.tokens.users["gina-1"] = "gina"
    command = f"sh -c 'echo asked >> {tmp_path}/asked; printf gina-1'"
    login = Login(_account(mail_server, "gina", auth="xoauth2", token_command=command))
    for _connection in range(2):
        login.connect().logout()
    assert (tmp_path / "asked").read_text() == "asked\nasked\n"


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_token_that_is_refused_says_what_to_do(mail_server: Dovecot, auth: str) -> None:
    """The connection would hang in the second step of SASL, or the token stand in the log."""
    with pytest.raises(LoginRefusedError, match=r"access token is refused.*scope") as met:
        connect(_account(mail_server, "ann", auth=auth, token_command=f"printf {WRONG}"))
    assert WRONG not in _shown(met.value)


def test_token_command_that_fails_may_work_later(mail_server: Dovecot) -> None:
    """A `--follow` would end when the network is away for a moment, because the helper asks over it as well."""
    with pytest.raises(MailServerUnreachableError, match=r"token_command failed with exit code 1"):
        connect(_account(mail_server, "ann", auth="xoauth2", token_command="false"))  # noqa: S106 - a program that fails


def test_token_is_refreshed_before_it_expires(mail_server: Dovecot, oauth: dict[str, object]) -> None:
    """Every reconnect after an hour would be refused; or each would cost a request to the provider."""
    tokens = mail_server.tokens
    first = "first-test_token_is_refreshed_before_it_expires"
    tokens.users |= {"long": "carl", "short": "carl", "newest": "carl"}
    tokens.answers[first] = [
        (200, {"access_token": "short", "expires_in": 59}),
        (200, {"access_token": "long", "expires_in": "3600", "refresh_token": "second"}),
    ]
    login = Login(_account(mail_server, "carl", **oauth))
    for _connection in range(4):
        login.connect().logout()
    asked = [form for form in tokens.asked if form["refresh_token"] == first]
    assert len(asked) == 2, "one for the token that is in its last minute, one for the other"
    assert asked[0] == {
        "grant_type": "refresh_token",
        "refresh_token": first,
        "client_id": "chainmail-tests",
        "client_secret": "client-s3cret",
    }


def test_token_that_expired_early_is_replaced(mail_server: Dovecot, oauth: dict[str, object]) -> None:
    """A token that was revoked, or whose hour passed while the laptop slept, would end a `--follow`."""
    tokens = mail_server.tokens
    tokens.users["early"] = "dora"
    tokens.answers["first-test_token_that_expired_early_is_replaced"] = [
        (200, {"access_token": "early", "expires_in": 3600, "refresh_token": "rotated"})
    ]
    tokens.answers["rotated"] = [(200, {"access_token": "next", "expires_in": 3600})]
    login = Login(_account(mail_server, "dora", **oauth))
    login.connect().logout()
    del tokens.users["early"]
    tokens.users["next"] = "dora"
    with login.connect() as client:
        assert client.folder_exists("INBOX")


def test_consent_that_has_ended_is_told_apart(mail_server: Dovecot, oauth: dict[str, object]) -> None:
    """It would be retried for ever, and nobody be told that a person must consent again."""
    with pytest.raises(LoginRefusedError, match=r"needs consent again: invalid_grant Token revoked\.") as met:
        connect(_account(mail_server, "ann", **oauth))
    assert "first-test_consent" not in _shown(met.value)


def test_refresh_token_that_was_renewed_is_forgotten_when_refused(
    mail_server: Dovecot, oauth: dict[str, object]
) -> None:
    """A person who consents again would have to restart the program for it to matter."""
    tokens = mail_server.tokens
    first = "first-test_refresh_token_that_was_renewed_is_forgotten_when_refused"
    tokens.users |= {"emma-1": "emma", "emma-2": "emma"}
    tokens.answers[first] = [
        (200, {"access_token": "emma-1", "expires_in": 60, "refresh_token": "emma-renewed"}),
        (200, {"access_token": "emma-2", "expires_in": 60}),
    ]
    login = Login(_account(mail_server, "emma", **oauth))
    login.connect().logout()
    with pytest.raises(LoginRefusedError, match="needs consent again"):
        login.connect()
    with login.connect() as client:
        assert client.folder_exists("INBOX")


def test_scope_of_the_provider_is_asked_for(mail_server: Dovecot, oauth: dict[str, object]) -> None:
    """Microsoft would give a token for another of its services, and the mail server refuse it."""
    tokens = mail_server.tokens
    first = "first-test_scope_of_the_provider_is_asked_for"
    tokens.users["finn-1"] = "finn"
    tokens.answers[first] = [(200, {"access_token": "finn-1", "expires_in": 3600})]
    public = {**oauth, "client_secret": "", "provider": "microsoft"}
    connect(_account(mail_server, "finn", **public)).logout()
    assert [form for form in tokens.asked if form["refresh_token"] == first] == [
        {
            "grant_type": "refresh_token",
            "refresh_token": first,
            "client_id": "chainmail-tests",
            "scope": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        }
    ]


@pytest.mark.parametrize("token", ["two words", "a\x01auth=Bearer b", "tökén", "", 7])
def test_token_that_is_none_is_not_sent(mail_server: Dovecot, oauth: dict[str, object], token: object) -> None:
    """A provider's or a helper's mistake would become more than a token in the log-in's syntax."""
    answer = {"access_token": token, "expires_in": 3600}
    mail_server.tokens.answers["first-odd"] = [(200, answer)]
    with pytest.raises(LoginRefusedError, match="the provider gave something that is no access token"):
        connect(_account(mail_server, "ann", **{**oauth, "refresh_token_command": "echo first-odd"}))


def test_provider_that_is_not_there_may_come_back(mail_server: Dovecot, oauth: dict[str, object]) -> None:
    """A network that is away for a moment would end a `--follow`."""
    nowhere = f"http://127.0.0.1:{free_port()}/token"
    with pytest.raises(MailServerUnreachableError, match="does not answer"):
        connect(_account(mail_server, "ann", **{**oauth, "token_url": nowhere}))


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (429, {}),
        (503, {"error": "invalid_client"}),
        (400, {"error": "temporarily_unavailable"}),
        (200, {}),
        (200, b"<html>"),
    ],
)
def test_provider_that_is_overloaded_may_work_later(
    mail_server: Dovecot, oauth: dict[str, object], status: int, answer: dict[str, str] | bytes
) -> None:
    """A provider's bad minute would end a `--follow`."""
    mail_server.tokens.answers["first-overloaded"] = [(status, answer)]
    with pytest.raises(MailServerUnreachableError, match=rf"answers {status}"):
        connect(_account(mail_server, "ann", **{**oauth, "refresh_token_command": "echo first-overloaded"}))


def test_client_that_is_unknown_is_a_wrong_setting(mail_server: Dovecot, oauth: dict[str, object]) -> None:
    """A typing mistake in client_id would be retried for ever; an echoed secret stand in the log."""
    mail_server.tokens.answers["first-test_client_that_is_unknown_is_a_wrong_setting"] = [
        (401, {"error": "invalid_client", "error_description": "no client with client-s3cret"})
    ]
    with pytest.raises(LoginRefusedError, match=r"refuses: invalid_client no client with …; look at client_id") as met:
        connect(_account(mail_server, "ann", **oauth))
    assert "client-s3cret" not in _shown(met.value)
