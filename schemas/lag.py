"""Lag: what each consumer group has not handled yet, how much and for how long."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, computed_field


class GroupState(StrEnum):
    """What the group's coordinator says of it."""

    WORKING = "working"
    REBALANCING = "rebalancing"
    EMPTY = "empty"
    NEVER_STARTED = "never_started"


class PartitionLag(BaseModel):
    """One partition of one of the group's topics."""

    topic: str
    partition: int
    committed: int | None = Field(description="The group's committed offset; null when it never committed here.")
    beginning: int = Field(description="The first offset that the broker still has.")
    end: int = Field(description="The offset that the next record will get.")
    oldest_at: datetime | None = Field(default=None, description="When the oldest unhandled record began to wait.")

    @property
    def next_offset(self) -> int:
        """Where the group goes on reading: where it left off, or at the beginning when that place is gone."""
        if self.committed is not None and self.beginning <= self.committed <= self.end:
            return self.committed
        return self.beginning

    @computed_field  # type: ignore[prop-decorator]
    @property
    def lag(self) -> int:
        """Unhandled records that can still be read."""
        return self.end - self.next_offset

    @computed_field  # type: ignore[prop-decorator]
    @property
    def lost(self) -> int:
        """Records that retention deleted before the group read them."""
        return max(0, self.beginning - self.committed) if self.committed is not None else 0


class GroupPause(BaseModel):
    """Who paused a consumer group, and why."""

    model_config = ConfigDict(from_attributes=True)

    paused_by: str
    paused_at: datetime
    reason: str


class GroupLag(BaseModel):
    """A consumer group. `depth` is everything that waits for it: unread records and due outbox rows."""

    job_type: str
    group: str = Field(description="The group's name on the broker.")
    state: GroupState
    members: int
    lag: int = Field(description="Unhandled records on the group's topics, its retry topic included.")
    outbox_due: int = Field(description="Due outbox rows that the relay has yet to publish to those topics.")
    depth: int
    lost: int = Field(description="Records that retention deleted before the group read them.")
    oldest_at: datetime | None = Field(default=None, description="Since when the oldest unhandled event waits.")
    oldest_age_seconds: float = 0.0
    breaker: str | None = Field(default=None, description="The circuit breaker: closed, half_open or open.")
    paused: bool | None = Field(
        default=None, description="Whether an operator paused it; null when the database did not say."
    )
    pause: GroupPause | None = Field(default=None, description="Who paused it and why; null when it is not paused.")
    partitions: list[PartitionLag]


class LagSnapshot(BaseModel):
    """All groups at one moment."""

    measured_at: datetime
    groups: list[GroupLag]


class LagPoint(BaseModel):
    """The worst of one step of the history."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime = Field(description="When the step began.")
    lag: int
    depth: int
    oldest_age_seconds: float
    members: int = Field(description="The fewest.")


class LagSeries(BaseModel):
    """One job type over time, oldest first. Steps in which no monitor looked are missing."""

    job_type: str
    points: list[LagPoint]


class LagHistory(BaseModel):
    step_seconds: float
    series: list[LagSeries]
