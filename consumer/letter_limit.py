"""When so many records in a row are given up that the fault is rather ours or the model's (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from storage.outcomes import Outcome, OutcomeKind


class TooManyDeadLettersError(RuntimeError):
    """The member stops before it empties the topic into the dead letters; the message has the last cause."""


@dataclass
class LetterLimit:
    """Counts dead letters since the last stored analysis; what needed no analysis says nothing either way."""

    limit: int
    in_a_row: int = 0

    def resume(self, before: int) -> None:
        """Begin where the last member of the group ended, but leave room for one more try: the cause may be mended."""
        self.in_a_row = min(before, self.limit - 1)

    def note(self, outcome: Outcome) -> TooManyDeadLettersError | None:
        """Count an outcome; return the error that it is one too many with, or None."""
        if outcome.kind is OutcomeKind.STORED:
            self.in_a_row = 0
        if outcome.kind is not OutcomeKind.DEAD_LETTERED:
            return None
        self.in_a_row += 1
        if self.in_a_row < self.limit:
            return None
        return TooManyDeadLettersError(
            f"the last {self.in_a_row} records were given up, this one because of {outcome.reason}. "
            "Mend the cause, start again, then redrive them (`chainmail dead-letters list`); "
            "CHAINMAIL_MAX_DEAD_LETTERS is the limit"
        )
