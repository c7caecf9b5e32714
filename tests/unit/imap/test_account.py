"""Accounts: from addresses and from chainmail.toml, and what is refused in which words."""

from __future__ import annotations

import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from chainmail.account_settings import AccountSettings
from chainmail.children import environment_of
from chainmail.mail_url import MailUrlError, parse_mail_url
from chainmail.settings import SettingsError, load
from producer.sources.imap.account import is_account, open_account
from producer.sources.source import SourceError

SECRET = "hunter2-correct-horse"  # noqa: S105 - made up, to be looked for


def _toml(text: str) -> None:
    Path("chainmail.toml").write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("imaps://ann@mail.example.org/INBOX", ("ann", "mail.example.org", 993, "tls", ("INBOX",))),
        ("imap://ann@mail.example.org", ("ann", "mail.example.org", 143, "starttls", ())),
        ("imaps://ann@mail.example.org/", ("ann", "mail.example.org", 993, "tls", ())),
        ("IMAPS://ann@Mail.Example.ORG:1993/A", ("ann", "mail.example.org", 1993, "tls", ("A",))),
        ("imaps://ann%40example.org@mx/A", ("ann@example.org", "mx", 993, "tls", ("A",))),
        ("imaps://ann@example.org@mx/A", ("ann@example.org", "mx", 993, "tls", ("A",))),
        ("imaps://%D0%B0%D0%BD%D1%8F@mx/Entw%C3%BCrfe", ("аня", "mx", 993, "tls", ("Entwürfe",))),
        ("imaps://ann@mx/Kunden/M%C3%BCller%3F%20%26%20Co#1", ("ann", "mx", 993, "tls", ("Kunden/Müller? & Co#1",))),
        ("imaps://ann@mx/\\Sent", ("ann", "mx", 993, "tls", ("\\Sent",))),
        ("imaps://ann@[2001:db8::1]:1993/A", ("ann", "2001:db8::1", 1993, "tls", ("A",))),
        ("imap://ann@localhost:1143/?security=none", ("ann", "localhost", 1143, "none", ())),
    ],
)
def test_address_names_mailbox_and_folder(address: str, parts: tuple[str, str, int, str, tuple[str, ...]]) -> None:
    """Another mailbox, folder or port would be read; or in plain text."""
    account = open_account(address)
    assert (account.user, account.host, account.port, account.security, account.folders) == parts


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("imaps://mail.example.org/INBOX", "whose mailbox?"),
        ("imaps:///INBOX", "no mail server's address"),
        ("imaps://ann@mx:many/INBOX", "wrong port, host or percent sign"),
        ("imaps://ann@mx:99999/INBOX", "wrong port, host or percent sign"),
        ("imaps://ann@[mx/INBOX", "wrong port, host or percent sign"),
        ("imaps://ann%FF@mx/INBOX", "wrong port, host or percent sign"),
        ("imaps://ann%0D%0AA1 LOGOUT@mx/INBOX", "control characters"),
        ("imaps://ann%01auth@mx/INBOX", "control characters"),
        ("imaps://ann@mx/INBOX%00", "control characters"),
        ("imaps://ann@mx/INBOX?pasword_command=x", "unknown setting pasword_command"),
        ("imaps://ann@mx/INBOX?url=imaps://b@mx", "url cannot stand in an address"),
        ("imaps://ann@mx/INBOX?client_secret=x", "client_secret cannot stand in an address"),
        ("imaps://ann@mx/INBOX?noise", "after ? come settings"),
        ("imaps://ann@mx/INBOX?folders=Sent", "give folders, or one folder in the address, not both"),
        ("imaps://ann@mx/?auth=xoauth2", 'auth = "xoauth2" needs token_command, or client_id and a refresh token'),
        ("imaps://ann@mx/?auth=kerberos", "auth: Input should be 'password', 'xoauth2' or 'oauthbearer'"),
        ("imaps://ann@mx/?token_command=oama", 'token_command and client_id are for auth = "xoauth2"'),
        ("imaps://ann@mx/?auth=xoauth2&client_id=x", "client_id needs provider"),
        ("imaps://ann@mx/?auth=xoauth2&client_id=x&token_url=http://mx", "token_url must begin with https://"),
        ("imaps://ann@mx/?security=none", "security = none does not go with imaps://"),
        ("imaps://ann@mx/?security=starttls", "security = starttls does not go with imaps://"),
        ("imap://ann@mx/?security=tls", "security = tls does not go with imap://"),
        ("imap://ann@mx/?security=none", "readable over the network"),
        ("imap://ann@192.0.2.1/?security=none", "readable over the network"),
        ("imaps://ann@mx/?read_timeout_s=0", "read_timeout_s: Input should be greater than 0"),
        ("account:work", r"there is no table [accounts.work] in chainmail.toml; it has no accounts"),
    ],
)
def test_wrong_address_is_refused_in_words(address: str, words: str) -> None:
    """A typing mistake would show a traceback, or read another mailbox."""
    with pytest.raises(SourceError) as met:
        open_account(address)
    assert words in str(met.value)


@pytest.mark.parametrize("end", ["mx/INBOX", "mx:many/INBOX", "[mx/INBOX", "mx\u2100/INBOX", ""])
def test_password_in_an_address_is_refused_and_never_shown(end: str) -> None:
    """Everybody who lists processes could read it, and then everybody who reads the log."""
    with pytest.raises(SourceError) as met:
        open_account(f"imaps://ann:{SECRET}@{end}")
    with pytest.raises(MailUrlError) as parsed:
        parse_mail_url(f"imaps://ann:{SECRET}@{end}")
    for error in (met.value, parsed.value):
        assert SECRET not in "".join(traceback.format_exception(error))


def test_plain_text_can_be_allowed() -> None:
    """A server in a closed network without TLS could not be read even by who wants to."""
    account = open_account("imap://ann@mx/?security=none&allow_plaintext=true")
    assert account.security == "none"


@settings(deadline=None)
@given(user=st.text(min_size=1), folder=st.text(), port=st.integers(1, 65_535))
def test_address_of_any_names_is_read_back(user: str, folder: str, port: int) -> None:
    """A folder with a percent sign, a slash or in another script would be another one."""
    try:
        text = f"imaps://{quote(user, safe='')}@mx:{port}/{quote(folder, safe='')}"
    except UnicodeEncodeError:  # half a surrogate pair is in no name
        return
    try:
        url = parse_mail_url(text)
    except MailUrlError:
        assert not (user + folder).isprintable()
    else:
        assert (url.user, url.folder, url.port) == (user, folder, port)
        assert parse_mail_url(url.bare) == url


def test_accounts_of_the_file_are_taken() -> None:
    """Several accounts could not be set up, or all would share one's folders and password."""
    _toml(
        """
        [accounts.work]
        url = "imaps://ann@mail.example.org"
        password_command = "pass show mail"
        folders = ["INBOX", "\\\\Sent"]
        exclude = ["boss@example.org", "@ads.example", "Private/*"]

        [accounts.home]
        url = "imap://ann@mx/INBOX"
        password_env = "HOME_PASSWORD"
        """
    )
    found = load()
    work, home = (open_account(f"account:{name}", found.accounts) for name in ("work", "home"))
    assert (work.name, work.identity, work.port) == ("work", "ann@mail.example.org", 993)
    assert work.folders == ("INBOX", "\\Sent")
    assert work.exclude == ("boss@example.org", "@ads.example", "Private/*")
    assert work.settings.password_command == "pass show mail"  # noqa: S105 - where it is, not what
    assert (home.name, home.identity, home.security) == ("home", "ann@mx", "starttls")
    assert home.folders == ("INBOX",)


def test_address_of_a_known_mailbox_takes_its_table() -> None:
    """`ingest imaps://ann@mx/Sent` would ask for the password that chainmail.toml knows."""
    _toml('[accounts.work]\nurl = "imaps://ann@mx"\npassword_env = "P"\nfolders = ["INBOX"]\nread_timeout_s = 5\n')
    accounts = load().accounts
    bare = open_account("imaps://ann@MX:993", accounts)
    assert (bare.name, bare.folders, bare.settings.password_env) == ("work", ("INBOX",), "P")
    own = open_account("imaps://ann@mx/Sent?read_timeout_s=7", accounts)
    assert (own.name, own.folders, own.settings.password_env) == ("work", ("Sent",), "P")
    assert own.settings.read_timeout_s == 7
    for other in ("imaps://ben@mx", "imaps://ann@mx:1993", "imap://ann@mx"):
        assert open_account(other, accounts).settings.password_env == ""
    assert open_account("imaps://ann@mx:1993", accounts).name == "ann@mx:1993"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('pasword_env = "P"', "unknown setting accounts.work.pasword_env"),
        (f'password = "{SECRET}"', "unknown setting accounts.work.password"),
        ("folders = 'INBOX'", "accounts.work.folders: Input should be a valid tuple"),
        (f'url = "imaps://ann:{SECRET}@mx"', "accounts.work.url: a password in an address is seen by everybody"),
        ('url = "https://mx"', "accounts.work.url: that is no mail server's address"),
        ('url = "imaps://ann@mx?ca_file=a"', "accounts.work.url: what follows ? in the address belongs into"),
        ("", "accounts.work.url: Field required"),
    ],
)
def test_wrong_table_is_refused_in_words(line: str, words: str) -> None:
    """A typing mistake would be without effect, or a password stand in a file that is shown around."""
    url = "" if words.startswith("accounts.work.url") else 'url = "imaps://ann@mx"'
    _toml(f"[accounts.work]\n{url}\n{line}\n")
    with pytest.raises(SettingsError) as met:
        load()
    assert words in str(met.value)
    assert SECRET not in "".join(traceback.format_exception(met.value))


def test_accounts_of_the_environment_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container there is no file to write accounts into; a typing mistake there would show a traceback."""
    monkeypatch.setenv("CHAINMAIL_ACCOUNTS", '{"work": {"url": "imaps://ann@mx", "password_env": "P"}}')
    assert open_account("account:work", load().accounts).identity == "ann@mx"
    monkeypatch.setenv("CHAINMAIL_ACCOUNTS", f'{{"work": {{"url": "{SECRET}')
    with pytest.raises(SettingsError, match=r"CHAINMAIL_ACCOUNTS is no JSON") as met:
        load()
    assert SECRET not in "".join(traceback.format_exception(met.value))


def test_every_setting_of_an_account_is_documented() -> None:
    """Nobody could find it: an error says that docs/imap.md lists them."""
    text = (Path(__file__).parents[3] / "docs" / "imap.md").read_text("utf-8")
    assert [name for name in AccountSettings.model_fields if f"`{name}`" not in text] == []


def test_variables_that_accounts_name_are_no_unknown_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """`password_env = "CHAINMAIL_WORK_PASSWORD"` would stop every command."""
    monkeypatch.setenv("CHAINMAIL_WORK_PASSWORD", SECRET)
    with pytest.raises(SettingsError, match="unknown setting CHAINMAIL_WORK_PASSWORD"):
        load()
    _toml('[accounts.work]\nurl = "imaps://ann@mx"\npassword_env = "CHAINMAIL_WORK_PASSWORD"\n')
    monkeypatch.setenv("CHAINMAIL_SHOP_TOKEN", SECRET)
    with pytest.raises(SettingsError, match="unknown setting CHAINMAIL_SHOP_TOKEN"):
        load()
    with Path("chainmail.toml").open("a") as file:
        file.write(
            '[accounts.shop]\nurl = "imaps://shop@mx"\nauth = "xoauth2"\nprovider = "google"\nclient_id = "c"\n'
            'refresh_token_env = "CHAINMAIL_SHOP_TOKEN"\n'
        )
    assert load().accounts["work"].password_env == "CHAINMAIL_WORK_PASSWORD"  # noqa: S105 - where it is, not what


def test_secrets_of_accounts_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password would stand in a log, a bug report, or the environment of every member."""
    monkeypatch.setenv("CHAINMAIL_IMAP_PASSWORD", SECRET)
    _toml(
        '[accounts.work]\nurl = "imaps://ann@mx"\nauth = "xoauth2"\nprovider = "google"\n'
        f'client_id = "c"\nclient_secret = "{SECRET}"\n'
    )
    found = load()
    account = open_account("account:work", found.accounts, found.imap_password)
    assert account.usual_password.get_secret_value() == SECRET
    assert account.settings.client_secret.get_secret_value() == SECRET
    shown = repr(found) + found.model_dump_json() + repr(account) + str(account)
    assert SECRET not in shown + "".join(environment_of(found).values())


def test_same_account_twice_is_equal() -> None:
    """Tokens would not be kept between connections: each source would refresh its own."""
    address = "imaps://ann@mx/INBOX?read_timeout_s=7"
    one, two = (open_account(address, usual_password=SecretStr(SECRET)) for _time in range(2))
    assert one == two
    assert hash(one) == hash(two)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("imaps://ann@mx", True),
        ("IMAP://ann@mx", True),
        ("account:work", True),
        ("mail/imap", False),
        ("accounts", False),
        ("https://mx", False),
    ],
)
def test_mail_servers_are_told_from_paths(text: str, is_one: bool) -> None:
    """A folder of files would be looked for on a server, or the other way round."""
    assert is_account(text) is is_one
