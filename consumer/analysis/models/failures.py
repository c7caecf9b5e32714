"""What a model server's failures mean, in one table for all servers.

The rule: what says something about the server never counts against the record; what may be the
record's own doing (a crash, a time-out) counts; what the server refuses to read at all is permanent.
Each kind of failure is a class of its own, by whose name it is counted (`consumer.errors.cause_of`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from consumer.errors import PermanentError, TransientError

#: The prompt or the schema is refused as such (RFC 9110 §15.5): the same again ends the same.
_REFUSED_AS_SUCH = {400, 413, 414, 422}
#: The server cannot take it now, whatever it is.
_BUSY = {408, 425, 429, 502, 503}
_MISCONFIGURED = {401, 403, 404}
_DETAIL_CHARS = 300


class NoServerError(TransientError):
    """Nobody takes the connection."""


class MisconfiguredError(TransientError):
    """The model server answers, but has not the model or does not know the key: a person must mend it.

    Never the record's fault, so it is no dead letter; a probe reports it as permanent.
    """


class BusyError(TransientError):
    """The model server is there and takes nothing now."""


class ServerFailedError(TransientError):
    """The model server broke down over the request, before its answer or in the middle of it."""


class TimedOutError(TransientError):
    """The answer did not begin, or not end, in time."""


class StalledError(TransientError):
    """The answer began, and then nothing came for too long."""


class ConnectionCutError(TransientError):
    """The connection ended before the answer did."""


class GarbledError(TransientError):
    """What came is not what such a server sends."""


class EndlessAnswerError(TransientError):
    """The answer went on far beyond anything that was asked for."""


class RefusedPromptError(PermanentError):
    """The model server does not read this prompt, or this schema."""


def of_status(
    status: int, body: str, *, url: str, model: str, retry_after_s: float | None = None
) -> TransientError | PermanentError:
    """Return what an HTTP error answer means for the record."""
    detail = f"{url} answered {status}: {_detail(body)}"
    if status in _REFUSED_AS_SUCH:
        return RefusedPromptError(f"the model server refuses this prompt: {detail}", answer=body)
    if status in _MISCONFIGURED:
        return MisconfiguredError(f"{_advice(status, model)} ({detail})", counts=False, retry_after_s=retry_after_s)
    if status in _BUSY:
        return BusyError(f"the model server is busy: {detail}", counts=False, retry_after_s=retry_after_s)
    return ServerFailedError(f"the model server failed: {detail}", retry_after_s=retry_after_s)


def _advice(status: int, model: str) -> str:
    if status == httpx.codes.NOT_FOUND:
        return not_found(model)
    return "the model server wants a key: set CHAINMAIL_MODEL_API_KEY"


def not_found(model: str) -> str:
    """Return what to do where the server has not the model."""
    return f"model not found: `ollama pull {model}`, or set CHAINMAIL_MODEL to one that the server has"


def of_redirect(location: str, *, url: str) -> MisconfiguredError:
    """Return what an answer that points elsewhere means: mail goes nowhere but where the settings say."""
    message = f"{url} points to {location or 'another address'}: set CHAINMAIL_MODEL_URL to where the model server is"
    return MisconfiguredError(message, counts=False)


def of_transport(error: httpx.TransportError, *, url: str) -> TransientError:
    """Return what a failure below HTTP means for the record."""
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            message = f"no model server at {url}: start it (`ollama serve`), or set CHAINMAIL_MODEL_URL"
            return NoServerError(message, counts=False)
        case httpx.PoolTimeout() | httpx.WriteTimeout():
            return BusyError(f"{url} does not take the request: {error}", counts=False)
        case httpx.TimeoutException():
            return TimedOutError(
                f"{url} did not answer in time: raise CHAINMAIL_MODEL_TIMEOUT_S, or use a faster model"
            )
        case _:
            return ConnectionCutError(f"the connection to {url} was cut: {error}")


def retry_after_s(header: str | None) -> float | None:
    """Return the wait in a Retry-After header (RFC 9110 §10.2.3: seconds or a date), in seconds, or None."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware_at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware_at - datetime.now(UTC)).total_seconds())


def _detail(body: str) -> str:
    """Return the server's own words: `error` or `error.message` of its JSON, else the beginning of the body."""
    try:
        error = json.loads(body)["error"]
        body = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        pass
    return " ".join(body.split())[:_DETAIL_CHARS] or "(nothing)"
