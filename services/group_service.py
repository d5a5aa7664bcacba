"""Pause and resume consumer groups: a row in PostgreSQL, which survives restarts and says who did it and why."""

from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from infra.control import PausesChanged, read_work, send_control
from infra.exceptions import Conflict, NotFound
from infra.redis import RedisClient
from models.group_pause import GroupPauseModel
from schemas.job_admin import GroupRead, WorkerRead
from schemas.jobs import Subscription
from services import operator_action_service

log = structlog.get_logger(__name__)


async def list_groups(
    session: AsyncSession, redis: RedisClient, subscriptions: Sequence[Subscription]
) -> list[GroupRead]:
    """Every consumer group, which are paused, and who works for it; without Redis nobody seems to."""
    pauses = {pause.consumer_group: pause for pause in (await session.scalars(select(GroupPauseModel))).all()}
    try:
        workers = await read_work(redis)
    except (RedisError, OSError) as error:
        log.warning("groups.workers_unknown", error=type(error).__name__)
        workers = {}
    return [
        _read(subscription, pauses.get(subscription.group), workers.get(subscription.group, ()))
        for subscription in subscriptions
    ]


async def pause(
    session: AsyncSession,
    redis: RedisClient,
    *,
    group: str,
    reason: str,
    operator: str,
    subscriptions: Sequence[Subscription],
) -> GroupRead:
    """Let the group start nothing more; what runs finishes. Commits.

    Raises `NotFound` for an unknown group and `Conflict` when it is paused already.
    """
    subscription = _find(group, subscriptions)
    inserted = await session.execute(
        insert(GroupPauseModel)
        .values(consumer_group=group, paused_by=operator, reason=reason)
        .on_conflict_do_nothing()
        .returning(GroupPauseModel.consumer_group)
    )
    if inserted.first() is None:
        raise Conflict(f"{group} is paused already.")
    await operator_action_service.record(
        session, operator=operator, action="group.pause", target=group, details={"reason": reason}
    )
    row = await session.get(GroupPauseModel, group)
    await session.commit()
    await send_control(redis, PausesChanged())
    return _read(subscription, row)


async def resume(
    session: AsyncSession, redis: RedisClient, *, group: str, operator: str, subscriptions: Sequence[Subscription]
) -> GroupRead:
    """Let the group work again. Commits. Raises `NotFound` for an unknown group and `Conflict` when it is not paused."""
    subscription = _find(group, subscriptions)
    deleted = await session.execute(
        delete(GroupPauseModel).where(GroupPauseModel.consumer_group == group).returning(GroupPauseModel.consumer_group)
    )
    if deleted.first() is None:
        raise Conflict(f"{group} is not paused.")
    await operator_action_service.record(session, operator=operator, action="group.resume", target=group, details={})
    await session.commit()
    await send_control(redis, PausesChanged())
    return _read(subscription, None)


def _find(group: str, subscriptions: Sequence[Subscription]) -> Subscription:
    for subscription in subscriptions:
        if subscription.group == group:
            return subscription
    raise NotFound(f"There is no consumer group {group!r}. There are: {', '.join(s.group for s in subscriptions)}.")


def _read(subscription: Subscription, pause: GroupPauseModel | None, workers: Sequence[WorkerRead] = ()) -> GroupRead:
    return GroupRead(
        group=subscription.group,
        events=[event.type for event in subscription.events],
        paused=pause is not None,
        paused_by=pause.paused_by if pause else None,
        paused_at=pause.paused_at if pause else None,
        reason=pause.reason if pause else None,
        workers=list(workers),
    )
