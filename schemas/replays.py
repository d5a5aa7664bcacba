"""A replay before it is ordered: what it would do."""

from datetime import datetime

from pydantic import BaseModel, Field


class ReplayPlan(BaseModel):
    group: str
    since: datetime
    until: datetime
    jobs: int = Field(default=0, description="Jobs that would run again.")
    people: int = Field(default=0, description="Whose they are, each counted once.")
    in_flight: int = Field(default=0, description="Jobs that are under way already, and are left alone.")
