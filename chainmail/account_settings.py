"""What can be set for one mail account: a table `[accounts.NAME]` of chainmail.toml, or the query of a URL."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from chainmail.mail_url import parse_mail_url

Auth = Literal["password", "xoauth2", "oauthbearer"]
Provider = Literal["google", "microsoft"]

_SAFE_TOKEN_URLS = ("https://", "http://127.0.0.1:", "http://localhost:")


class AccountSettings(BaseModel):
    """One account. Passwords and refresh tokens are named by where they are, never written down here."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(description="imaps://user@host (TLS) or imap://user@host (STARTTLS), with a port where unusual.")
    folders: tuple[str, ...] = Field(default=(), description="Patterns and special uses: INBOX, Archive/*, \\Sent.")
    exclude: tuple[str, ...] = Field(default=(), description="Addresses, domains and folders that are left out.")
    security: Literal["tls", "starttls", "none"] | None = Field(default=None, description="Empty: as the URL says.")
    allow_plaintext: bool = Field(default=False, description="Allow security = none for a host that is not this one.")
    ca_file: Path | None = Field(default=None, description="Certificates (PEM) to trust besides the system's.")
    connect_timeout_s: float = Field(default=20, gt=0, le=600)
    read_timeout_s: float = Field(default=60, gt=0, le=3_600, description="Longest silence of the server.")

    auth: Auth = "password"
    password_env: str = Field(default="", description="Name of the environment variable with the password.")
    password_command: str = Field(default="", description="Program that prints the password.")

    token_command: str = Field(default="", description="Program that prints an access token.")
    provider: Provider | None = Field(default=None, description="Presets of token_url and scope.")
    token_url: str = Field(default="", description="Where a refresh token is exchanged; empty: the provider's.")
    scope: str = Field(default="", description="Of the consent; empty: the provider's.")
    client_id: str = Field(default="", description="The application that the consent was given to.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Empty for a public client.")
    refresh_token_env: str = Field(default="", description="Name of the environment variable with the refresh token.")
    refresh_token_command: str = Field(default="", description="Program that prints the refresh token.")

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if parse_mail_url(url).query:
            raise ValueError("what follows ? in the address belongs into the account's table")
        return url

    @model_validator(mode="after")
    def _check_together(self) -> AccountSettings:
        if self.folders and parse_mail_url(self.url).folder:
            raise ValueError("give folders, or one folder in the address, not both")
        if self.auth == "password" and (self.token_command or self.client_id):
            raise ValueError('token_command and client_id are for auth = "xoauth2" (or "oauthbearer")')
        if self.auth != "password" and not (self.token_command or self.client_id):
            raise ValueError(f'auth = "{self.auth}" needs token_command, or client_id and a refresh token')
        if self.client_id and not (self.provider or self.token_url):
            raise ValueError('client_id needs provider ("google" or "microsoft") or token_url')
        if self.token_url and not self.token_url.startswith(_SAFE_TOKEN_URLS):
            raise ValueError("token_url must begin with https://: the refresh token is sent there")
        return self

    @property
    def environment_names(self) -> tuple[str, ...]:
        """The environment variables in which this account looks for secrets."""
        return tuple(name for name in (self.password_env, self.refresh_token_env) if name)
