"""Alerts: what an operator must know, since when, and whether it is over."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Severity(StrEnum):
    WARNING = "warning"
    """Look at it today."""
    CRITICAL = "critical"
    """Look at it now."""


class AlertState(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


class AlertChange(StrEnum):
    """What is told about an alert; each is told once to every channel."""

    RAISED = "raised"
    RESOLVED = "resolved"


class AlertRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    rule: str
    subject: str = Field(description="What it is about: a job type, a consumer group, or empty for the system.")
    severity: Severity
    state: AlertState
    summary: str
    value: float = Field(description="The worst value while it fired.")
    threshold: float
    since: datetime
    resolved_at: datetime | None = None


class AlertNotice(BaseModel):
    """What channels are told, and the body of the webhook. A receiver may get the same `id` twice."""

    id: UUID
    type: str = Field(examples=["alert.raised", "alert.resolved"])
    time: datetime
    alert: AlertRead


class AlertsRead(BaseModel):
    """What fires now, critical alerts first, and what was over lately; each newest first."""

    firing: list[AlertRead]
    resolved: list[AlertRead]
