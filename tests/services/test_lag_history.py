"""The history of the lag: the worst of each step, for as long as it is kept."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from schemas.lag import GroupLag, GroupState, LagHistory, LagSnapshot
from services import lag_history

Sessions = async_sessionmaker[AsyncSession]


def snapshot(at: datetime, **depths: int) -> LagSnapshot:
    groups = [
        GroupLag(
            job_type=name,
            group=name,
            state=GroupState.WORKING,
            members=2,
            lag=depth,
            outbox_due=0,
            depth=depth,
            lost=0,
            oldest_age_seconds=float(depth) / 10,
            partitions=[],
        )
        for name, depth in depths.items()
    ]
    return LagSnapshot(measured_at=at, groups=groups)


async def record(sessions: Sessions, *snapshots: LagSnapshot) -> None:
    async with sessions.begin() as session:
        for one in snapshots:
            await lag_history.record(session, one)


async def read(sessions: Sessions, **options: object) -> LagHistory:
    async with sessions() as session:
        return await lag_history.read_history(session, **{"window": timedelta(hours=1), "points": 240} | options)  # type: ignore[arg-type]


async def test_a_peak_between_two_points_is_not_lost(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    start = datetime.fromtimestamp(now.timestamp() // 60 * 60, UTC) - timedelta(minutes=10)
    await record(
        sessions,
        snapshot(start + timedelta(seconds=1), peaky=3),
        snapshot(start + timedelta(seconds=6), peaky=900),
        snapshot(start + timedelta(seconds=11), peaky=0),
        snapshot(start + timedelta(seconds=16), peaky=7, calm=1),
    )
    history = await read(sessions, job_type="peaky")
    assert history.step_seconds == 15
    [series] = history.series
    assert [(point.at, point.depth, point.oldest_age_seconds, point.members) for point in series.points] == [
        (start, 900, 90.0, 2),
        (start + timedelta(seconds=15), 7, 0.7, 2),
    ]
    # Fewer points are longer steps, and still the worst of each.
    coarse = await read(sessions, points=60)
    assert coarse.step_seconds == 60
    assert {one.job_type: [point.depth for point in one.points] for one in coarse.series} == {
        "calm": [1],
        "peaky": [900],
    }


async def test_what_is_older_than_two_days_is_forgotten(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    await record(sessions, snapshot(now - timedelta(hours=49), aged=5), snapshot(now - timedelta(hours=47), aged=6))
    async with sessions.begin() as session:
        await lag_history.forget_old(session, now)
    [series] = (await read(sessions, window=timedelta(hours=60), job_type="aged")).series
    assert [point.depth for point in series.points] == [6]
