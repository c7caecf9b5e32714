"""Subjects that join (pure): the base subject of an email, and whether it may join others by it."""

from __future__ import annotations

from datetime import timedelta

#: Mail of one subject that was sent further apart is another conversation.
WINDOW = timedelta(days=14)


def subject_key(subject: str) -> tuple[str, bool]:  # noqa: ARG001 - filled in by the rules of subjects
    """Return (base subject by which the email may join others, or nothing; whether it is a reply or a forward)."""
    return "", False
