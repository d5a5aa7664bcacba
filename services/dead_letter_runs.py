"""Runs: many dead letters retried at a rate, in batches of one transaction each.

    canary ──all through──▶ running ──none left──▶ done
       └──one died again──▶ halted ──resume──▶ running        (stopped by an operator ──resume──▶ running)

A run is a row that says where it is, the pace included, so whoever calls `step` next continues it: after a crash, or
side by side with another process. A letter belongs to a run when it died before the run was ordered; the run deals
with it once, for it is noted in the same transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import SessionFactory
from infra.dead_letters import DeadLetterStore
from infra.exceptions import Conflict, NotFound
from models.dead_letter_retry import DeadLetterRetryModel
from models.job import JobModel
from models.retried_dead_letter import RetriedDeadLetterModel
from schemas.dead_letters import DeadLetterFilter, RetryOrder, RetryPlan, RetryRunRead, RunState
from schemas.jobs import FINAL_STATUSES, JobStatus, Subscription
from services import operator_action_service
from services.dead_letter_plan import plan_retry
from services.dead_letter_revival import RetryLimits, revive
from services.dead_letter_service import IS_DEAD, conditions
from services.job_place import PLACE

log = structlog.get_logger(__name__)

# The most letters of one transaction.
BATCH = 100
# How often the canaries are looked at.
CANARY_PAUSE = timedelta(seconds=0.5)
_LONGEST_PAUSE = timedelta(seconds=5)
_ACTIVE = (RunState.CANARY.value, RunState.RUNNING.value)
_SECOND = timedelta(seconds=1)


class DeadLetterRuns:
    """Plans, orders and works off runs. `subscriptions` are the consumer groups that there are."""

    def __init__(
        self,
        sessions: SessionFactory,
        store: DeadLetterStore,
        subscriptions: Sequence[Subscription],
        *,
        max_event_bytes: int,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._limits = RetryLimits([s.group for s in subscriptions], max_event_bytes)

    async def plan(self, wanted: DeadLetterFilter) -> RetryPlan:
        """What a run over `wanted` would do. Changes nothing."""
        async with self._sessions() as session:
            return await plan_retry(session, wanted, self._limits)

    async def order(self, order: RetryOrder, *, operator: str) -> RetryRunRead:
        """Write a run down; it is worked off by whoever calls `work_off` or `step`."""
        async with self._sessions() as session, session.begin():
            plan = await plan_retry(session, order.filter, self._limits)
            run = DeadLetterRetryModel(
                operator=operator[:255],
                state=(RunState.CANARY if order.canary else RunState.RUNNING).value,
                filter=order.filter.model_dump(mode="json", exclude_none=True),
                rate=order.rate,
                canary=order.canary,
                planned=plan.letters,
                retried=0,
                skipped=0,
            )
            session.add(run)
            await session.flush()
            await operator_action_service.record(
                session,
                operator=operator,
                action="dead_letters.retry",
                target=str(run.id),
                details={"filter": run.filter, "rate": run.rate, "canary": run.canary, "planned": run.planned},
            )
            await session.refresh(run)
            return await _read(session, run)

    async def read(self, run_id: UUID) -> RetryRunRead:
        """The run as it stands. Raises `NotFound`."""
        async with self._sessions() as session:
            return await _read(session, await _get(session, run_id))

    async def list_runs(self, *, limit: int = 20) -> list[RetryRunRead]:
        """The newest runs."""
        query = select(DeadLetterRetryModel).order_by(
            DeadLetterRetryModel.created_at.desc(), DeadLetterRetryModel.id.desc()
        )
        async with self._sessions() as session:
            return [await _read(session, run) for run in (await session.scalars(query.limit(limit))).all()]

    async def stop(self, run_id: UUID, *, operator: str) -> RetryRunRead:
        """Send no more letters of this run back. Raises `NotFound`, and `Conflict` when it has ended."""
        return await self._turn(run_id, _ACTIVE, RunState.STOPPED, operator)

    async def resume(self, run_id: UUID, *, operator: str) -> RetryRunRead:
        """Go on with a run that was stopped or halted. Raises `NotFound`, and `Conflict` when it is neither."""
        return await self._turn(run_id, (RunState.STOPPED, RunState.HALTED), RunState.RUNNING, operator)

    async def find_active(self) -> list[UUID]:
        """The runs that somebody should work off, oldest first."""
        query = (
            select(DeadLetterRetryModel.id)
            .where(DeadLetterRetryModel.state.in_(_ACTIVE))
            .order_by(DeadLetterRetryModel.created_at)
        )
        async with self._sessions() as session:
            return list((await session.scalars(query)).all())

    async def work_off(self, run_id: UUID, *, on_step: Callable[[], Awaitable[None]] | None = None) -> None:
        """Step until the run is not active any more; `on_step` is awaited after each. Raises what `step` raises."""
        while (pause := await self.step(run_id)) is not None:
            if on_step is not None:
                await on_step()
            await asyncio.sleep(pause.total_seconds())

    async def step(self, run_id: UUID) -> timedelta | None:
        """Retry the next letters of a run, as many as its rate allows now.

        Returns the pause until there is more to do; None when the run is not active (any more). Raises `NotFound`.
        """
        async with self._sessions() as session, session.begin():
            run = await _get(session, run_id, lock=True)
            if run.state not in _ACTIVE:
                return None
            now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
            if run.paced_until > now:
                return min(run.paced_until - now, _LONGEST_PAUSE)
            if run.state == RunState.CANARY and run.retried >= run.canary:
                return await _judge_canaries(session, run)
            places = await self._retry_batch(session, run, now)
            pause = min(max(timedelta(), run.paced_until - now), _LONGEST_PAUSE)
            ended = run.state not in _ACTIVE
        try:
            await self._store.remove(places)
        except (RedisError, OSError) as error:
            # What is done is done; the next list of the letters catches up.
            log.warning("dead_letters.stream_behind", error=repr(error))
        return None if ended else pause

    async def _retry_batch(self, session: AsyncSession, run: DeadLetterRetryModel, now: datetime) -> list[str]:
        # About a second's worth, so that a stop takes effect soon.
        quota = min(BATCH, max(1, int(run.rate)))
        if run.state == RunState.CANARY:
            quota = min(quota, run.canary - run.retried)
        rows = await self._next_letters(session, run, quota)
        sent = [row for row in rows if self._limits.obstacle(row) is None]
        # What a late step missed is made up for, up to a second's worth.
        begin = max(run.paced_until, now - _SECOND)
        due = [max(timedelta(), begin - now + timedelta(seconds=index / run.rate)) for index in range(len(sent))]
        session.add_all(
            RetriedDeadLetterModel(
                dead_letter_retry_id=run.id,
                event_id=row.event_id,
                job_type=row.job_type,
                delivery=row.delivery + 1 if row in sent else None,
            )
            for row in rows
        )
        places = await revive(session, sent, due) if sent else []
        run.retried += len(sent)
        run.skipped += len(rows) - len(sent)
        run.paced_until = begin + timedelta(seconds=len(sent) / run.rate)
        if len(rows) < quota:
            _none_left(run, now)
        return places

    async def _next_letters(self, session: AsyncSession, run: DeadLetterRetryModel, quota: int) -> Sequence[JobModel]:
        done = (
            select(1)
            .where(
                RetriedDeadLetterModel.dead_letter_retry_id == run.id,
                RetriedDeadLetterModel.event_id == JobModel.event_id,
                RetriedDeadLetterModel.job_type == JobModel.job_type,
            )
            .exists()
        )
        query = (
            select(JobModel)
            .where(IS_DEAD, JobModel.finished_at <= run.created_at, ~done, *_wanted(run))
            .order_by(*PLACE)
            .limit(quota)
            .with_for_update()
        )
        return (await session.scalars(query)).all()

    async def _turn(self, run_id: UUID, allowed: Sequence[str], to: RunState, operator: str) -> RetryRunRead:
        async with self._sessions() as session, session.begin():
            run = await _get(session, run_id, lock=True)
            if run.state not in allowed:
                raise Conflict(f"The run is {run.state}.")
            run.state = to.value
            action = "dead_letters.stop" if to is RunState.STOPPED else "dead_letters.resume"
            await operator_action_service.record(session, operator=operator, action=action, target=str(run.id))
            return await _read(session, run)


def _wanted(run: DeadLetterRetryModel) -> list[ColumnElement[bool]]:
    return conditions(DeadLetterFilter.model_validate(run.filter))


def _none_left(run: DeadLetterRetryModel, now: datetime) -> None:
    if run.state == RunState.CANARY and run.retried:
        # Fewer letters than canaries: those that there were are judged all the same.
        run.canary = run.retried
        return
    run.state = RunState.DONE.value
    run.finished_at = now


async def _judge_canaries(session: AsyncSession, run: DeadLetterRetryModel) -> timedelta | None:
    statuses = set(await _jobs_of(session, run))
    if JobStatus.DEAD in statuses:
        run.state = RunState.HALTED.value
        log.warning("dead_letters.canary_died", run=str(run.id))
        return None
    if statuses <= FINAL_STATUSES:
        run.state = RunState.RUNNING.value
        return timedelta()
    return CANARY_PAUSE


async def _jobs_of(session: AsyncSession, run: DeadLetterRetryModel) -> dict[JobStatus, int]:
    query = (
        select(JobModel.status, func.count())
        .join(
            RetriedDeadLetterModel,
            (RetriedDeadLetterModel.event_id == JobModel.event_id)
            & (RetriedDeadLetterModel.job_type == JobModel.job_type),
        )
        .where(RetriedDeadLetterModel.dead_letter_retry_id == run.id, RetriedDeadLetterModel.delivery.is_not(None))
        .group_by(JobModel.status)
    )
    return {JobStatus(status): count for status, count in await session.execute(query)}


async def _get(session: AsyncSession, run_id: UUID, *, lock: bool = False) -> DeadLetterRetryModel:
    run = await session.get(DeadLetterRetryModel, run_id, with_for_update=lock)
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    return run


async def _read(session: AsyncSession, run: DeadLetterRetryModel) -> RetryRunRead:
    return RetryRunRead(
        id=run.id,
        operator=run.operator,
        state=RunState(run.state),
        filter=DeadLetterFilter.model_validate(run.filter),
        rate=run.rate,
        canary=run.canary,
        planned=run.planned,
        retried=run.retried,
        skipped=run.skipped,
        created_at=run.created_at,
        finished_at=run.finished_at,
        jobs={status.value: count for status, count in (await _jobs_of(session, run)).items()},
    )
