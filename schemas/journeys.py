"""The way one event took through the system."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field, computed_field

from schemas.jobs import JobStatus


class StepKind(StrEnum):
    PUBLISHED = "published"
    """From its acceptance, or from when a retry was decided, to the record in Kafka."""
    POLLED = "polled"
    """The record waits in Kafka until a worker has it."""
    STARTED = "started"
    """It waits in the worker: for the person's job before it, or for a free slot."""
    ATTEMPT = "attempt"
    """The agent runs."""
    SETTLED = "settled"
    """From the agent's answer to the transaction that holds it."""
    NOTIFIED = "notified"
    """From there until the person's stream has it."""
    OPERATOR = "operator"
    """An operator did something to it: a moment, not a wait."""
    WAITING = "waiting"
    """It has not got further yet, or it was ended while it waited."""


class JourneyStep(BaseModel):
    kind: StepKind
    what: str = Field(description="The step in words.")
    began_at: datetime
    ended_at: datetime
    attempt: int | None = None
    detail: str | None = Field(default=None, description="What went wrong, or which operator.")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def seconds(self) -> float:
        return (self.ended_at - self.began_at).total_seconds()


class JourneyJob(BaseModel):
    """What one consumer group did with the event. One that it has not settled yet is `queued`: it waits, or it runs."""

    job_type: str
    status: JobStatus
    steps: list[JourneyStep]
    caused: list["Journey"]


class Journey(BaseModel):
    """An event, its jobs, and the events that they caused. One that no group handles has no jobs."""

    event_id: UUID
    type: str
    user_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = Field(default=None, description="The OpenTelemetry trace, where somebody traced.")
    accepted_at: datetime | None = Field(description="Null when nothing but its id and type is known.")
    jobs: list[JourneyJob]


JourneyJob.model_rebuild()
