"""The way one event took through the system."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from schemas.jobs import JobStatus


class JourneyStep(BaseModel):
    what: str
    began_at: datetime
    ended_at: datetime
    detail: str | None = None

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.began_at).total_seconds()


class JourneyJob(BaseModel):
    """What one consumer group did with the event."""

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
    accepted_at: datetime | None
    jobs: list[JourneyJob]


JourneyJob.model_rebuild()
