"""One settings value, made once: flags, then `CHAINMAIL_*`, then `chainmail.toml`, then defaults."""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import pydantic_settings
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from chainmail.account_settings import AccountSettings

PREFIX = "CHAINMAIL_"
#: Names with this prefix steer the tests, not the program.
TEST_PREFIX = "CHAINMAIL_TEST_"

#: none: rules alone, no model (`--no-llm`).
ModelServer = Literal["ollama", "openai", "embedded", "none"]
BulkPolicy = Literal["analyse", "headers", "skip"]


#: The prompts that a person may replace.
PROMPT_FILES = ("record.md", "narrative.md")
_FILE = "chainmail.toml"
_LISTED = "`chainmail settings` lists them all"


class SettingsError(ValueError):
    """A setting is unknown or wrong: exit code 2."""


class Settings(BaseSettings):
    """Everything that can be set; each field is also `CHAINMAIL_<FIELD>` and a key of chainmail.toml."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        toml_file=_FILE,
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # secrets are among the input
    )

    db: str = Field(default="chainmail.db", description="Path of a SQLite file, or a SQLAlchemy URL.")
    home: Path | None = Field(default=None, description="Broker data, traces, logs, locks; empty: beside the database.")

    kafka_bootstrap: str = Field(default="", description="host:port,… of a broker; empty: the embedded one.")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    kafka_sasl_mechanism: str = Field(default="", description="With SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, …")
    kafka_sasl_username: str = Field(default="", description="With SASL.")
    kafka_sasl_password: SecretStr = Field(default=SecretStr(""), description="With SASL.")
    kafka_ssl_cafile: str = Field(default="", description="With SSL: certificates (PEM) to trust; empty: the system's.")
    kafka_replication: int = Field(default=1, ge=1, description="Replicas of topics that chainmail creates.")
    topic: str = Field(
        default="email-chains", description="Live mail; also NAME.backlog (imports) and NAME.dead-letters."
    )
    group: str = Field(default="chainmail", description="The consumer group of the members.")
    session_timeout_s: float = Field(default=45, gt=0, description="A member that is silent this long has left.")
    max_poll_interval_s: float = Field(default=120, gt=0, description="Watches the poll loop, not the model.")

    model_server: ModelServer = Field(
        default="ollama", description="ollama, openai (llama.cpp, vLLM, …), embedded (a toy), or none (rules alone)."
    )
    model_url: str = Field(default="", description="Address of the model server, or several (url,url); empty: usual.")
    model_slots: int | None = Field(
        default=None, ge=1, description="Requests at once to one model server, of all members here; empty: it says."
    )
    max_per_minute: float | None = Field(default=None, gt=0, description="Ceiling of model calls; empty: none.")
    model: str = Field(default="", description="Name of the model; empty: the server's usual one.")
    model_api_key: SecretStr = Field(default=SecretStr(""), description="Of a model server that wants one.")
    model_timeout_s: float = Field(default=600, gt=0, description="Longest wait for one completion.")
    model_context_tokens: int = Field(
        default=4096, ge=1024, description="Prompt and answer of one request; no more than the server's own context."
    )
    model_output_tokens: int = Field(default=1200, ge=256, description="Longest answer; fewer would leave no sentence.")

    imap_password: SecretStr = Field(default=SecretStr(""), description="Of accounts that name no place for theirs.")
    accounts: dict[str, AccountSettings] = Field(default={}, description="Mail accounts, as tables [accounts.NAME].")

    priority_rules: Path = Field(
        default=Path("priority.toml"), description="The rules of the house; none where that file is not there."
    )

    prompt_folder: Path | None = Field(
        default=None, description="record.md and narrative.md in it take the place of the packaged prompts."
    )

    stand_in_after_s: float = Field(
        default=900, gt=0, description="When no model has answered for so long, rules make a record of what waits."
    )

    workers: int = Field(default=4, ge=1, le=256, description="Member processes, and partitions of new topics.")
    in_flight: int = Field(default=1, ge=1, le=64, description="Analyses at once in one member.")
    health_port: int = Field(default=0, ge=0, le=65_535, description="/live, /ready and /metrics; 0: none.")
    health_host: str = Field(default="127.0.0.1", description="Where that port listens; 0.0.0.0 in a container.")
    grace_s: float = Field(default=30, ge=0, description="After SIGTERM, work in flight may take this long.")
    max_attempts: int = Field(default=5, ge=1, description="Tries of one record before it is a dead letter.")
    max_dead_letters: int = Field(default=20, ge=1, description="So many in a row, and the member stops.")
    max_redrives: int = Field(default=3, ge=0, description="A dead letter that was redriven this often is parked.")
    max_chain_bytes: int = Field(
        default=900_000,
        ge=10_000,
        description="A larger chain's oldest texts are left out of its record, which says so.",
    )

    exclude: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Addresses, domains (@x.org) and folders whose mail is never taken in."
    )
    settle_s: float = Field(
        default=0, ge=0, description="While following, a chain is published when it was quiet for so long."
    )
    bulk_lists: BulkPolicy = Field(default="analyse", description="Discussion lists: analyse, headers or skip.")
    bulk_newsletters: BulkPolicy = Field(default="analyse", description="Newsletters: analyse, headers or skip.")
    bulk_automatic: BulkPolicy = Field(default="analyse", description="Automatic mail: analyse, headers or skip.")
    retention_days: float | None = Field(
        default=None, gt=0, description="Chains whose newest email is older are forgotten; empty: kept for ever."
    )

    @field_validator("exclude", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("prompt_folder")
    @classmethod
    def _has_prompts(cls, folder: Path | None) -> Path | None:
        if folder is not None and not any((folder / name).is_file() for name in PROMPT_FILES):
            raise ValueError(f"{folder} has neither {' nor '.join(PROMPT_FILES)}: name a folder that has one of them")
        return folder

    @model_validator(mode="after")
    def _check_together(self) -> Settings:
        if self.model_output_tokens >= self.model_context_tokens:
            raise ValueError("model_output_tokens must be smaller than model_context_tokens")
        if self.max_poll_interval_s < self.session_timeout_s / 10:
            raise ValueError("max_poll_interval_s is far below session_timeout_s: the member would be expelled")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic-settings'
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic-settings'
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags come first, the file last; dotenv files and secret folders are not read."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def db_url(self) -> str:
        """The database as a SQLAlchemy URL."""
        if "://" in self.db:
            return self.db
        return f"sqlite:///{self.db_path}".replace("%", "%25").replace("?", "%3F")

    @property
    def db_path(self) -> Path | None:
        """The SQLite file; None where the database is another."""
        if "://" not in self.db:
            return Path(self.db).expanduser().resolve()
        parts = urlsplit(self.db, allow_fragments=False)
        name = unquote(parts.path[1:])
        return Path(name).resolve() if parts.scheme.partition("+")[0] == "sqlite" and name else None

    @property
    def home_path(self) -> Path:
        """The workspace folder: given, or beside the SQLite file, so that each database has its own."""
        if self.home is not None:
            return self.home.expanduser().resolve()
        if self.db_path is not None:
            return self.db_path.with_name(f"{self.db_path.name}.home")
        return Path("chainmail.home").resolve()

    @property
    def model_urls(self) -> tuple[str, ...]:
        """The addresses of the model servers as set; none where the usual one is meant."""
        return tuple(url.strip() for url in self.model_url.split(",") if url.strip())

    @property
    def bulk_policies(self) -> dict[str, BulkPolicy]:
        """What is done with each kind of bulk mail."""
        return {"list": self.bulk_lists, "newsletter": self.bulk_newsletters, "automatic": self.bulk_automatic}

    @property
    def backlog_topic(self) -> str:
        """Imports, replays and redrives."""
        return f"{self.topic}.backlog"

    @property
    def dead_letter_topic(self) -> str:
        """Records given up on."""
        return f"{self.topic}.dead-letters"

    @property
    def trace_path(self) -> Path:
        """The local trace database."""
        return self.home_path / "traces.db"


def load(**flags: Any) -> Settings:
    """Return the settings; flags that are None were not given.

    Raises:
        SettingsError: A name is unknown or a value is wrong; the message says which.
    """
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(_in_words(fault) for fault in error.errors())) from error
    except pydantic_settings.SettingsError:  # its cause would show the value
        raise SettingsError(f"{PREFIX}ACCOUNTS is no JSON: a table [accounts.NAME] in {_FILE} says the same") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{_FILE} in this folder cannot be read: {error}") from error
    _refuse_unknown_names(settings)
    return settings


def _refuse_unknown_names(settings: Settings) -> None:
    named = {name for account in settings.accounts.values() for name in account.environment_names}
    unknown = [
        _unknown(name, f"{PREFIX}{near.upper()}" if (near := _near(name.removeprefix(PREFIX))) else "")
        for name in os.environ
        if name.startswith(PREFIX)
        and not name.startswith(TEST_PREFIX)
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
        and name not in named
    ]
    if unknown:
        raise SettingsError(f"{'; '.join(sorted(unknown))}: {_LISTED}")


def _unknown(name: str, near: str) -> str:
    return f"unknown setting {name}" + (f" (meant: {near}?)" if near else "")


def _near(name: str) -> str:
    return next(iter(get_close_matches(name.lower(), Settings.model_fields, n=1)), "")


def _in_words(fault: ErrorDetails) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"{_unknown(name, _near(name))}: {_LISTED}"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message
