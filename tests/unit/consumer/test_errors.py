"""The two kinds of failure."""

from __future__ import annotations

from consumer.errors import PermanentError, TransientError, cause_of


def test_error_without_words_says_what_its_docstring_says() -> None:
    """A person would read an empty line in the log."""
    assert str(TransientError()).startswith("Not now: the record is fine")
    assert str(PermanentError()).startswith("Never: trying the same record again ends the same way.")


def test_transient_error_counts_unless_said_otherwise() -> None:
    """A time-out would be tried for ever, or a refusal use a record up."""
    assert TransientError("slow").counts
    refused = TransientError("busy", counts=False, retry_after_s=7)
    assert (str(refused), refused.counts, refused.retry_after_s) == ("busy", False, 7)


def test_permanent_error_carries_the_answer_that_could_not_be_used() -> None:
    """Nobody could see afterwards what the model had said."""
    assert PermanentError("unusable", answer="{").answer == "{"


def test_cause_of_an_error_is_its_name() -> None:
    """A counter would have to be thought of for each new error."""

    class ConnectionCutError(TransientError):
        """The line is cut."""

    assert cause_of(ConnectionCutError()) == "connection_cut"
    assert cause_of(ValueError()) == "value"
