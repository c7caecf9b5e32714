"""What can be set for one mail account: a table `[accounts.NAME]` of chainmail.toml, or the query of a URL."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Auth = Literal["password", "xoauth2", "oauthbearer"]
Provider = Literal["google", "microsoft"]

DEFAULT_FOLDERS = ("*",)


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
    token_url: str = ""
    scope: str = ""
    client_id: str = ""
    client_secret: SecretStr = Field(default=SecretStr(""), description="Empty for a public client.")
    refresh_token_env: str = ""
    refresh_token_command: str = ""

    @model_validator(mode="after")
    def _check_together(self) -> AccountSettings:
        if self.auth != "password" and not self.token_command:
            if not self.client_id:
                raise ValueError(f"auth = {self.auth} needs token_command, or client_id and a refresh token")
            if not (self.provider or self.token_url):
                raise ValueError("client_id needs provider (google or microsoft) or token_url")
        if self.token_url and not self.token_url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("token_url must begin with https://: a refresh token is sent there")
        return self

    @property
    def environment_names(self) -> tuple[str, ...]:
        """The environment variables in which this account looks for secrets."""
        return tuple(name for name in (self.password_env, self.refresh_token_env) if name)
