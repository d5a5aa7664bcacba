"""Retries start when they are due: measured from the stored history of a job that always fails."""

from datetime import timedelta
from itertools import pairwise

from consumers.runtime.policy import RetryPolicy
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, make_pinged
from tests.support.system import System

# On an idle system; a machine that is busy with other things takes its time.
SLACK = timedelta(seconds=1)


async def test_each_attempt_starts_at_its_due_time_and_not_before(make_settings: SettingsFactory) -> None:
    policy = RetryPolicy.exponential(max_retries=3, initial=timedelta(seconds=0.5))
    system = System(make_settings(), [make_pinged(Calls(), retry=policy)])
    await system.start()
    try:
        async with system.worker(), system.relay():
            event = await system.ping("ada", "ERROR")
            await system.job_in(event, "dead", within=30)
        history = await system.rows(
            "SELECT attempt, started_at, finished_at FROM job_attempts WHERE event_id = :id ORDER BY delivery",
            id=event.id,
        )
    finally:
        await system.stop()
    assert [attempt.attempt for attempt in history] == [1, 2, 3, 4]
    waited = [later.started_at - earlier.finished_at for earlier, later in pairwise(history)]
    late = [wait - delay for wait, delay in zip(waited, policy.delays, strict=True)]
    assert all(timedelta() <= lateness <= SLACK for lateness in late), late
