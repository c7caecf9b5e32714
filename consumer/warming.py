"""Before a member joins its group: the model is loaded and its server asked what it can do.

Otherwise the first email would wait for the load, with its partition held by a member that gets nothing done.
"""

from __future__ import annotations

import logging
import time

from chainmail.settings import Settings
from consumer.analysis.models.select import budget_of, shortfall
from consumer.analysis.models.server import ModelServer
from consumer.cancellation import AbandonedError
from consumer.errors import PermanentError, TransientError

_LOG = logging.getLogger("chainmail.member")


def warm_up(server: ModelServer, settings: Settings) -> None:
    """Return when the model answers, or when it is plain that it does not: then the breaker waits for it."""
    started_s = time.monotonic()
    try:
        found = server.capabilities()
    except AbandonedError:
        return
    except (TransientError, PermanentError) as error:
        _LOG.warning("going on without a warm model: %s", error)
        return
    _LOG.info("the model answers after %.1f s: %s", time.monotonic() - started_s, found)
    lacks = shortfall(budget_of(settings), found)
    if lacks:
        _LOG.warning("%s", lacks)
