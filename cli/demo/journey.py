"""The way of one event through the system, with the time at each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from cli.demo.edge import Accepted, Update
from infra.database import SessionFactory
from models.job import JobModel


@dataclass(frozen=True, slots=True)
class Step:
    what: str
    at: datetime


async def trace(sessions: SessionFactory, request: Accepted, update: Update) -> Sequence[Step]:
    """The steps of `request` until `update` arrived, in order of time."""
    query = select(JobModel.job_type, JobModel.started_at, JobModel.finished_at).where(
        JobModel.event_id == request.event_id
    )
    async with sessions() as session:
        jobs = (await session.execute(query)).all()
    steps = [
        Step(f"the client posts {request.event_type}", request.sent_at),
        Step("Kafka has acknowledged, and the client has its 202", request.answered_at),
        *(Step(f"{job.job_type} starts its agent", job.started_at) for job in jobs),
        *(Step(f"{job.job_type} settled: result, job and outbox in one transaction", job.finished_at) for job in jobs),
        Step(f"{update.type} reaches the client over SSE", update.arrived_at),
    ]
    return sorted(steps, key=lambda step: step.at)
