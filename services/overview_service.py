"""The state of every job type at a glance: what waits and runs now, how it went lately, and what is wrong."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.lag_board import read_snapshot
from infra.redis import RedisClient
from schemas.job_admin import GroupRead, JobStats
from schemas.jobs import JobStatus, Subscription
from schemas.lag import GroupLag, LagSnapshot
from schemas.overview import JobTypeOverview, OverviewRead
from services import alert_service, group_service, job_desk

log = structlog.get_logger(__name__)

# All of them, however old: an index of what did not succeed makes it cheap.
_PRESENT = text("""
    SELECT job_type, status, count(*) AS jobs FROM jobs
    WHERE status <> 'succeeded' AND status IN ('retrying', 'snoozed', 'dead') GROUP BY job_type, status
""")


async def read_overview(
    session: AsyncSession, redis: RedisClient, subscriptions: Sequence[Subscription], *, window: timedelta
) -> OverviewRead:
    """Every job type that there is. What cannot be known, without a monitor or Redis, is null."""
    groups = await group_service.list_groups(session, redis, subscriptions)
    stats = {one.job_type: one for one in (await job_desk.read_stats(session, window)).job_types}
    present = {(row.job_type, row.status): row.jobs for row in await session.execute(_PRESENT)}
    snapshot = await _read_snapshot(redis)
    lags = {group.job_type: group for group in snapshot.groups} if snapshot is not None else {}
    alerts = await alert_service.list_alerts(session, recent=0)
    return OverviewRead(
        window_seconds=int(window.total_seconds()),
        lag_measured_at=snapshot.measured_at if snapshot is not None else None,
        job_types=[
            _overview(
                group,
                stats.get(group.group, JobStats(job_type=group.group)),
                lags.get(group.group),
                {status: present.get((group.group, status), 0) for status in JobStatus},
            )
            for group in groups
        ],
        alerts=alerts.firing,
    )


async def _read_snapshot(redis: RedisClient) -> LagSnapshot | None:
    try:
        return await read_snapshot(redis)
    except (RedisError, OSError) as error:
        log.warning("overview.lag_unknown", error=type(error).__name__)
        return None


def _overview(
    group: GroupRead, stats: JobStats, lag: GroupLag | None, present: dict[JobStatus, int]
) -> JobTypeOverview:
    running = sum(worker.running for worker in group.workers)
    return JobTypeOverview(
        **stats.model_dump(exclude={"retrying", "snoozed", "dead"}),
        # Until they are settled, Kafka counts those that run among the unread.
        queued=max(0, lag.depth - running) if lag is not None else None,
        running=running,
        retrying=present[JobStatus.RETRYING],
        snoozed=present[JobStatus.SNOOZED],
        dead=present[JobStatus.DEAD],
        died=stats.dead,
        oldest_age_seconds=lag.oldest_age_seconds if lag is not None else None,
        lost=lag.lost if lag is not None else None,
        state=lag.state if lag is not None else None,
        breaker=lag.breaker if lag is not None else None,
        paused=group.paused,
        workers=len(group.workers),
    )
