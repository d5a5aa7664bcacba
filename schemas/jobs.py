"""Jobs: one event handled by one consumer, and what its person may know about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.cost import BudgetNotice
from schemas.events import Event


class JobStatus(StrEnum):
    """`queued` and `running` are courtesies; from `retrying` on, Postgres has decided."""

    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    SNOOZED = "snoozed"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DEAD = "dead"


# Nothing more happens to a job in one of these, unless an operator retries it.
FINAL_STATUSES = frozenset(
    {JobStatus.SUCCEEDED, JobStatus.REJECTED, JobStatus.EXPIRED, JobStatus.CANCELLED, JobStatus.DEAD}
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A consumer group and the event types it handles: what other processes need to know of a consumer."""

    group: str
    events: tuple[type[Event], ...]
    uses_model: bool = False
    critical: bool = False
    """Its dead letters are for today: somebody is alerted."""

    @property
    def retry_topic(self) -> str:
        return f"{self.group}.retry"


class JobAccepted(BaseModel):
    """The answer 202: Kafka holds the event; follow `location` or the SSE stream for what becomes of it."""

    job_id: UUID
    status: JobStatus = JobStatus.QUEUED
    location: str
    budget: BudgetNotice | None = Field(
        default=None, description="Only when the person's daily budget is spent: what that means for this."
    )


class EventsAccepted(BaseModel):
    """The answer 202 to published events: Kafka holds them."""

    ids: list[UUID] = Field(description="What the events are known by here, in the order given.")


class JobError(BaseModel):
    type: str
    message: str


class JobRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    job_type: str
    status: JobStatus
    attempt: int = Field(description="Attempts spent so far in the present life of the job.")
    next_attempt_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    model: str | None = Field(default=None, description="The chat model used; `offline` is the built-in one.")
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = Field(default=0, description="What the tokens cost, in US dollars.")
    error: JobError | None = None
    effects: list[dict[str, Any]] = Field(default_factory=list, description="The events that it caused.")


class EventStatusRead(BaseModel):
    """What became of an accepted event: its own status, and that of its job in each consumer group."""

    id: UUID
    type: str
    status: JobStatus
    accepted_at: datetime
    jobs: list[JobRead]
