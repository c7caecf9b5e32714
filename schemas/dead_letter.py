"""What a dead letter is: a record given up on, with its error and its coordinates."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from schemas.chain import Frozen


class DeadLetter(Frozen):
    """The headers of a dead letter; its value is the original bytes, untouched."""

    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    key: str | None
    error_class: str
    error_message: str
    attempts: int = Field(ge=0)
    analyser_id: str
    redrives: int = Field(default=0, ge=0)
    failed_at: AwareDatetime
    #: Bytes of the original value, where the dead-letter topic does not take so many: only the source has it.
    value_left_out: int | None = Field(default=None, ge=0)

    @property
    def dead_letter_id(self) -> str:
        """The coordinates of the source record: twice the same is one."""
        return f"{self.topic}/{self.partition}/{self.offset}"
