"""Persons: their own clock, and the right to take everything along or to be forgotten."""

from datetime import datetime, time
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from schemas.clock_time import ClockTime
from schemas.events import Event
from schemas.time_zone import TimeZoneName


class PersonWrite(BaseModel):
    """The clock that every day-based rule goes by. The whole of it: what is left out takes its default."""

    model_config = ConfigDict(extra="forbid")

    time_zone: TimeZoneName
    quiet_from: ClockTime = Field(default=time(22), description="Nothing is sent from then, on the person's own clock.")
    quiet_until: ClockTime = Field(default=time(7), description="Equal to `quiet_from` for no quiet hours at all.")


class PersonRead(BaseModel):
    id: str = Field(description="The subject of the person's token.")
    time_zone: str
    quiet_from: ClockTime
    quiet_until: ClockTime
    created_at: datetime | None = Field(description="When the first thing of theirs was kept; null before that.")


class PersonDeletionRequested(Event):
    """The person wants everything that is kept of them deleted."""

    type: ClassVar[str] = "person.deletion_requested"


class PersonDeleted(Event):
    """What was kept of the person is deleted; what lies outside the database, and came late, is to be cleared."""

    type: ClassVar[str] = "person.deleted"
