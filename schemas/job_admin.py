"""Jobs as operators see them: search, one job with its history, numbers per job type, and groups to pause."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.jobs import JobStatus

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class JobQuery(BaseModel):
    """Which jobs: those that all given conditions hold for. Jobs that still wait in Kafka have no row yet: see the lag."""

    model_config = ConfigDict(extra="forbid")

    job_type: str | None = Field(default=None, max_length=64, description="Of this job type.")
    status: JobStatus | None = Field(default=None, description="In this status.")
    user_id: str | None = Field(default=None, max_length=255, description="About this person.")
    error: str | None = Field(default=None, max_length=255, description="Whose error contains this text.")
    since: AwareDatetime | None = Field(default=None, description="Last settled at or after this moment.")
    until: AwareDatetime | None = Field(default=None, description="Last settled before this moment.")
    limit: int = Field(default=20, ge=1, le=100, description="Items of one page.")
    cursor: str | None = Field(default=None, max_length=128, description="The `next_cursor` of the page before.")


class JobLine(BaseModel):
    """One line of the list."""

    model_config = ConfigDict(from_attributes=True)

    event_id: UUID
    job_type: str
    status: JobStatus
    user_id: str
    event_type: str
    attempt: int
    accepted_at: datetime
    started_at: datetime
    finished_at: datetime
    error_type: str | None
    error_message: str | None
    tokens_in: int
    tokens_out: int
    cost: Decimal


class AttemptRead(BaseModel):
    """One settled delivery of a job that did not succeed at once."""

    model_config = ConfigDict(from_attributes=True)

    delivery: int
    life: int
    attempt: int
    outcome: str
    started_at: datetime
    finished_at: datetime
    worker: str | None
    error_type: str | None
    error_message: str | None
    error_stacktrace: str | None


class OperatorActionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    operator: str
    action: str
    target: str
    details: dict[str, Any]
    created_at: datetime


class JobDetail(JobLine):
    """One job: its attempts over all lives, the events that it caused, and what operators did to it."""

    life: int
    delivery: int
    request_id: str | None
    next_attempt_at: datetime | None
    model: str | None
    effects: list[dict[str, Any]]
    attempts: list[AttemptRead]
    actions: list[OperatorActionRead]


class JobStats(BaseModel):
    """One job type over a window."""

    job_type: str
    succeeded: int = 0
    rejected: int = 0
    retrying: int = 0
    snoozed: int = 0
    dead: int = 0
    expired: int = 0
    cancelled: int = 0
    completion_rate: float | None = Field(
        description="Succeeded of all that are final but for cancelled ones; null for none."
    )
    average_seconds: float | None = Field(description="Of the last attempt, from its start to its settlement.")
    p95_seconds: float | None
    retries: int = Field(description="Attempts beyond the first.")
    tokens_in: int
    tokens_out: int
    cost: Decimal = Field(description="US dollars.")


class StatsRead(BaseModel):
    window_seconds: int
    job_types: list[JobStats]


class JobCancelled(BaseModel):
    event_id: UUID
    job_type: str
    status: JobStatus = JobStatus.CANCELLED


class GroupPauseOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(
        description="Why, for whoever finds it paused.", examples=["The provider is down until noon."]
    )


class GroupRead(BaseModel):
    """A consumer group and whether it is paused."""

    group: str
    events: list[str]
    paused: bool
    paused_by: str | None = None
    paused_at: datetime | None = None
    reason: str | None = None
