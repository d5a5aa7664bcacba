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


class DeliveryTimes(BaseModel):
    """How one delivery went on, from the record in Kafka to its settlement."""

    published_at: datetime | None = Field(description="When its record was written; null where Kafka does not say.")
    polled_at: datetime | None = Field(description="When a worker had it; null where none did.")
    started_at: datetime
    returned_at: datetime | None = Field(description="When the agent had answered or failed.")
    finished_at: datetime = Field(description="When that was settled.")


class AttemptRead(DeliveryTimes):
    """One settled delivery of a job that did not succeed at once."""

    model_config = ConfigDict(from_attributes=True)

    delivery: int
    life: int
    attempt: int
    outcome: str
    worker: str | None
    error_type: str | None
    error_message: str | None
    error_stacktrace: str | None


class ActionQuery(BaseModel):
    """Which actions of operators: those that all given conditions hold for."""

    model_config = ConfigDict(extra="forbid")

    operator: str | None = Field(default=None, max_length=255, description="By this operator.")
    action: str | None = Field(
        default=None, max_length=64, description="Such as `group.pause`, or `group` for all of groups."
    )
    target: str | None = Field(
        default=None, max_length=255, description="Done to this: a group, `<event id>:<job type>`."
    )
    since: AwareDatetime | None = Field(default=None, description="At or after this moment.")
    until: AwareDatetime | None = Field(default=None, description="Before this moment.")
    limit: int = Field(default=50, ge=1, le=100, description="Items of one page.")
    cursor: str | None = Field(default=None, max_length=128, description="The `next_cursor` of the page before.")


class OperatorActionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    operator: str
    action: str
    target: str
    details: dict[str, Any]
    created_at: datetime


class JobDetail(JobLine, DeliveryTimes):
    """One job: its attempts over all lives, the events that it caused, and what operators did to it."""

    life: int
    delivery: int
    request_id: str | None
    trace_id: str | None = Field(description="The OpenTelemetry trace, where somebody traced.")
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
        default=None, description="Succeeded of all that are final but for cancelled ones; null for none."
    )
    average_seconds: float | None = Field(
        default=None, description="Of the last attempt, from its start to its settlement."
    )
    p95_seconds: float | None = None
    retries: int = Field(default=0, description="Attempts beyond the first.")
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Field(default=Decimal(0), description="US dollars.")


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


class WorkerRead(BaseModel):
    """What one worker does for a group, as it said itself a moment ago."""

    name: str
    running: int = Field(description="Jobs whose agent runs.")
    waiting: int = Field(description="Jobs that it has taken and not begun, or not settled.")
    said_at: datetime


class GroupRead(BaseModel):
    """A consumer group, whether it is paused, and who works for it."""

    group: str
    events: list[str]
    paused: bool
    paused_by: str | None = None
    paused_at: datetime | None = None
    reason: str | None = None
    workers: list[WorkerRead] = Field(default_factory=list, description="Those that run now and reach Redis.")
