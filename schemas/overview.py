"""The overview: every job type at a glance."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from schemas.alerts import AlertRead
from schemas.lag import GroupState


class JobTypeOverview(BaseModel):
    """One job type. Null is what nobody knows at this moment: without a monitor, or without Redis."""

    job_type: str

    # Now.
    queued: int | None = Field(description="Events that wait: in Kafka, or for the relay.")
    running: int = Field(description="Jobs whose agent runs.")
    retrying: int = Field(description="Jobs that wait for another attempt.")
    snoozed: int = Field(description="Jobs that somebody put off.")
    dead: int = Field(description="Dead letters that nobody has dealt with.")
    oldest_age_seconds: float | None = Field(description="How long the oldest unhandled event has waited.")
    lost: int | None = Field(description="Records that retention deleted unread.")
    state: GroupState | None
    breaker: str | None
    paused: bool
    workers: int

    # Settled within the window.
    succeeded: int
    rejected: int
    expired: int
    cancelled: int
    died: int = Field(description="Jobs that died within the window and are still dead.")
    completion_rate: float | None = Field(
        description="Succeeded of all that are final but for cancelled ones; null for none."
    )
    average_seconds: float | None
    p95_seconds: float | None
    retries: int
    tokens_in: int
    tokens_out: int
    cost: Decimal = Field(description="US dollars.")


class OverviewRead(BaseModel):
    window_seconds: int
    lag_measured_at: datetime | None = Field(description="Null without a monitor.")
    job_types: list[JobTypeOverview]
    alerts: list[AlertRead] = Field(description="Those that fire, critical ones first.")
