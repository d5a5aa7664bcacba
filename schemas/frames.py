"""SSE frames: what a person's streams carry. Every frame is JSON with a `type`; its SSE id is the place to resume from."""

from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from schemas.characters import Character


class StreamType(StrEnum):
    """The streams of a person. `updates` has every frame but tokens; the narrower ones are parts of it."""

    UPDATES = "updates"
    QUESTS = "quests"
    MISSIONS = "missions"
    PROGRESS = "progress"
    NUDGES = "nudges"
    JOBS = "jobs"
    COMPANION = "companion/stream"


class EventFrame(BaseModel):
    """A follow-up event of a settled job, for example `quest.generated`."""

    type: str = Field(description="The event's type.")
    id: UUID = Field(description="The event's id: the same frame sent twice has the same one.")
    job_id: UUID = Field(description="The event whose job caused this one.")
    data: dict[str, Any]


class JobFrame(BaseModel):
    """A job changed its status."""

    type: Literal[
        "job.succeeded", "job.retrying", "job.snoozed", "job.rejected", "job.expired", "job.dead", "job.cancelled"
    ]
    id: UUID
    job_id: UUID
    job_type: str
    attempt: int
    message: str | None = None


class TokenFrame(BaseModel):
    """The next piece of an answer."""

    type: Literal["token"] = "token"
    message_id: UUID
    character: Character
    content: str


class CompleteFrame(BaseModel):
    """The answer is complete and saved."""

    type: Literal["complete"] = "complete"
    message_id: UUID
    character: Character
    model: str = Field(description="The chat model that wrote it; `offline` is the built-in one.")


class AttemptRestartedFrame(BaseModel):
    """The answer begins anew: what was shown of it is to be replaced."""

    type: Literal["attempt_restarted"] = "attempt_restarted"
    message_id: UUID
    character: Character


class InterruptedFrame(BaseModel):
    """The answer stops here: a newer message came, and its answer covers this one too."""

    type: Literal["interrupted"] = "interrupted"
    message_id: UUID
    character: Character


class ResetFrame(BaseModel):
    """The cursor given is older than what is kept: load the present state, then go on from here."""

    type: Literal["reset"] = "reset"


class TicketRead(BaseModel):
    """A single-use ticket for an EventSource, which cannot send a header."""

    ticket: str
    expires_in: int = Field(description="Seconds.")
