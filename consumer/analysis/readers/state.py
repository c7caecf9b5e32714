"""Where a matter stands, by what its newest email says itself."""

from __future__ import annotations

import re

from consumer.analysis.readers.asking import asks, promises
from schemas.analysis import WorkflowState

_BLOCKED = re.compile(
    r"\b(?:on hold|hold off|blocked|stuck|cannot (?:proceed|continue|start)|can't (?:proceed|continue|start)|"
    r"unable to (?:proceed|continue)|until we (?:have|get|receive|hear)|stalled|suspended|"
    r"blockiert|ruht|en attente de|bloqué|bloqueado)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:(?:is|are|been|now|problem|issue|all) (?:fully )?(?:resolved|fixed|solved|restored|settled|done|completed|"
    r"closed)|works again|approved|agreed|confirmed|go ahead|looks? (?:good|fine|ok(?:ay)?)(?: to me)?|sounds good|"
    r"no longer interested|not interested|never mind|already (?:done|sent|paid)|(?:has|have) been (?:paid|sent|"
    r"delivered)|"
    r"behoben|gelöst|erledigt|genehmigt|einverstanden|réglé|résolu|d'accord|resuelto|de acuerdo)\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"\W*(?:yes|no|ok(?:ay)?|sure|fine|agreed|done|thanks|thank you|ja|nein|oui|non|sí)\b", re.IGNORECASE
)
_NOT = re.compile(r"\b(?:not|n't|never|nicht|pas|until|if|when|once|whether)\b(?:\W+\w+){0,4}\W*$", re.IGNORECASE)
_BEFORE_CHARS = 60
_SHORT_WORDS = 25


def is_settled(own: str) -> bool:
    """Return whether *own* words end the matter: done, agreed or answered, with nothing asked or promised."""
    if asks(own) or promises(own):
        return False
    said = any(not _NOT.search(own[max(0, at - _BEFORE_CHARS) : at]) for at in (m.start() for m in _DONE.finditer(own)))
    return said or (len(own.split()) <= _SHORT_WORDS and _YES_NO.match(own) is not None)


def workflow_state(own: str, *, emails: int, is_bulk: bool) -> WorkflowState:
    """Return the state of a chain of so many *emails* whose newest says *own* words."""
    if is_bulk or (own and is_settled(own)):
        return WorkflowState.COMPLETED
    if _BLOCKED.search(own):
        return WorkflowState.BLOCKED
    if emails == 1:
        return WorkflowState.START
    return WorkflowState.WAITING if asks(own) else WorkflowState.IN_PROGRESS
