"""The ledger: what the edge accepted against what the jobs table says became of it. Nothing lost, nothing twice."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.edge import Accepted
from infra.database import SessionFactory
from models.essence_entry import EssenceEntryModel
from models.job import JobModel
from schemas.jobs import FINAL_STATUSES, JobStatus, Subscription

_SETTLE_SECONDS = 15.0
_LOOK_EVERY_SECONDS = 0.1
# Ended by a rule, as they should be.
_REFUSED = FINAL_STATUSES - {JobStatus.SUCCEEDED, JobStatus.DEAD}

JobKey = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts of jobs; `accepted` comes from the 202 answers and the registry, all else from Postgres."""

    events: int
    accepted: int
    completed: int
    refused: int
    dead: int
    in_flight: int
    missions: int
    bookings: int

    @property
    def adds_up(self) -> bool:
        """Every accepted job is one of completed, refused by the rules, dead or in flight; every mission booked once."""
        return self.accepted == self.accounted_for and self.missions == self.bookings

    @property
    def accounted_for(self) -> int:
        return self.completed + self.refused + self.dead + self.in_flight


async def settle_ledger(
    sessions: SessionFactory,
    accepted: Sequence[Accepted],
    subscriptions: Sequence[Subscription],
    mission_ids: Sequence[UUID],
) -> Ledger:
    """The ledger once every accepted job has ended, or after a deadline with what is still in flight."""
    expected = {
        (event.event_id, subscription.group)
        for event in accepted
        for subscription in subscriptions
        if event.event_type in {handled.type for handled in subscription.events}
    }
    deadline = time.monotonic() + _SETTLE_SECONDS
    async with sessions() as session:
        while True:
            statuses = await _read_statuses(session, [event.event_id for event in accepted])
            settled = {key for key, status in statuses.items() if status in FINAL_STATUSES}
            if expected <= settled or time.monotonic() > deadline:
                break
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        bookings = select(func.count()).where(EssenceEntryModel.mission_id.in_(mission_ids))
        booked = (await session.execute(bookings)).scalar_one()
    found = [statuses[key] for key in expected if key in statuses]
    return Ledger(
        events=len(accepted),
        accepted=len(expected),
        completed=found.count(JobStatus.SUCCEEDED),
        refused=sum(status in _REFUSED for status in found),
        dead=found.count(JobStatus.DEAD),
        in_flight=sum(status not in FINAL_STATUSES for status in found),
        missions=len(mission_ids),
        bookings=booked,
    )


async def _read_statuses(session: AsyncSession, event_ids: Sequence[UUID]) -> dict[JobKey, JobStatus]:
    query = select(JobModel.event_id, JobModel.job_type, JobModel.status).where(JobModel.event_id.in_(event_ids))
    statuses = {(row.event_id, row.job_type): JobStatus(row.status) for row in await session.execute(query)}
    # A transaction kept open would keep showing the same moment at some isolation levels, and hold a snapshot.
    await session.rollback()
    return statuses
