"""Progress: essence, streaks and the Daily Consistency Index (DCI), as a person sees them."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.events import Event
from schemas.goals import ValueCategory


class DciZone(StrEnum):
    """Red < 0.4 ≤ yellow < 0.7 ≤ green."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


class DciBreakdown(BaseModel):
    """The four factors of the index, each 0–1, before their weights."""

    streak: float = Field(ge=0, le=1)
    completion: float = Field(ge=0, le=1)
    engagement: float = Field(ge=0, le=1)
    response: float = Field(ge=0, le=1)


class DciRead(BaseModel):
    value: float = Field(ge=0, le=1)
    zone: DciZone
    window_days: int
    breakdown: DciBreakdown


class DciDayRead(BaseModel):
    """The index as it stood when that day ended; today's as it stands now."""

    day: date
    value: float = Field(ge=0, le=1)
    zone: DciZone
    breakdown: DciBreakdown


class DciHistoryRead(BaseModel):
    """Days are those of the person's own calendar, oldest first, today last."""

    window_days: int = Field(description="Each day's index looks back this far, and so does the history.")
    time_zone: str
    days: list[DciDayRead]


class CalendarDayRead(BaseModel):
    day: date
    completed: int
    categories: dict[ValueCategory, int] = Field(description="Completed missions; categories without one are left out.")


class CalendarRead(BaseModel):
    """The days with a completed mission, on the person's own calendar, oldest first."""

    first: date
    last: date
    days: list[CalendarDayRead]


class StreakRead(BaseModel):
    category: ValueCategory | None = Field(description="None is the overall streak.")
    days: int
    best_days: int
    last_day: date | None
    next_milestone: int | None


class EssenceEntryRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    amount: int
    reason: str
    mission_id: UUID | None
    mission_title: str | None = Field(default=None, description="What it was earned with.")
    created_at: datetime


class ProgressRead(BaseModel):
    essence: int
    missions_completed: int
    streaks: list[StreakRead]
    dci: DciRead


class ProgressUpdated(Event):
    """A completed mission was booked: essence, streak and index as they stand after it."""

    type: ClassVar[str] = "progress.updated"
    mission_id: UUID
    essence_earned: int
    essence_total: int
    streak_days: int
    milestone: int | None = Field(default=None, description="The streak milestone reached just now, in days.")
    dci: float
    dci_zone: DciZone
