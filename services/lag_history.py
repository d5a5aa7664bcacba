"""The history of the lag: what monitors measured, kept for two days, and read as points of a chart."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.lag_sample import LagSampleModel
from schemas.lag import LagHistory, LagPoint, LagSeries, LagSnapshot

KEPT_FOR = timedelta(hours=48)
RESOLUTION = timedelta(seconds=15)
"""Of all that is measured within it, the worst is kept: a peak between two points of a chart is not lost."""

# Any number of monitors may measure: they agree on the worst.
_RECORD = text("""
    INSERT INTO lag_samples (sampled_at, job_type, lag, depth, oldest_age_seconds, members)
    SELECT date_bin(make_interval(secs => :resolution), CAST(:measured_at AS timestamptz), timestamptz 'epoch'), *
    FROM unnest(
        CAST(:job_types AS text[]), CAST(:lags AS bigint[]), CAST(:depths AS bigint[]), CAST(:ages AS float8[]),
        CAST(:members AS int[])
    ) AS u(job_type, lag, depth, oldest_age_seconds, members)
    ORDER BY u.job_type
    ON CONFLICT (sampled_at, job_type) DO UPDATE SET
        lag = greatest(lag_samples.lag, excluded.lag), depth = greatest(lag_samples.depth, excluded.depth),
        oldest_age_seconds = greatest(lag_samples.oldest_age_seconds, excluded.oldest_age_seconds),
        members = least(lag_samples.members, excluded.members)
""")
_READ = text("""
    SELECT job_type, date_bin(make_interval(secs => :step), sampled_at, timestamptz 'epoch') AS at, max(lag) AS lag,
           max(depth) AS depth, max(oldest_age_seconds) AS oldest_age_seconds, min(members) AS members
    FROM lag_samples
    WHERE sampled_at >= :since AND (CAST(:job_type AS text) IS NULL OR job_type = :job_type)
    GROUP BY 1, 2 ORDER BY 1, 2
""")


async def record(session: AsyncSession, snapshot: LagSnapshot) -> None:
    """Keep what was measured, in the caller's transaction."""
    groups = snapshot.groups
    await session.execute(
        _RECORD,
        {
            "resolution": RESOLUTION.total_seconds(),
            "measured_at": snapshot.measured_at,
            "job_types": [group.job_type for group in groups],
            "lags": [group.lag for group in groups],
            "depths": [group.depth for group in groups],
            "ages": [group.oldest_age_seconds for group in groups],
            "members": [group.members for group in groups],
        },
    )


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Drop what is older than `KEPT_FOR`, in the caller's transaction."""
    await session.execute(delete(LagSampleModel).where(LagSampleModel.sampled_at < now - KEPT_FOR))


async def read_history(
    session: AsyncSession, *, window: timedelta, points: int, job_type: str | None = None
) -> LagHistory:
    """The last `window` in at most about `points` points for each job type, oldest first.

    A point is the worst of its step. Where nothing was measured, there is none.
    """
    # A multiple of the resolution, or steps would hold now one sample and now two.
    samples = max(1, -(-window // (RESOLUTION * points)))
    step = RESOLUTION * samples
    rows = (
        await session.execute(
            _READ,
            {"step": step.total_seconds(), "since": datetime.now(UTC) - window, "job_type": job_type},
        )
    ).all()
    series: dict[str, list[LagPoint]] = {}
    for row in rows:
        series.setdefault(row.job_type, []).append(LagPoint.model_validate(row, from_attributes=True))
    return LagHistory(
        step_seconds=step.total_seconds(),
        series=[LagSeries(job_type=name, points=found) for name, found in series.items()],
    )
