"""What operators do with jobs and groups, over real workers: find, count, cancel, pause, replay, follow."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from infra.exceptions import Conflict, NotFound
from schemas.job_admin import JobQuery
from schemas.jobs import JobStatus, Subscription
from schemas.journeys import StepKind
from services import group_service, job_desk, journey_service, replay_service
from tests.conftest import SettingsFactory
from tests.support.marks import leave_mark
from tests.support.pinged import Calls, make_pinged
from tests.support.system import System
from tests.support.waiting import until

GROUP = "test-pinging"


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def system(make_settings: SettingsFactory, calls: Calls) -> AsyncIterator[System]:
    system = System(make_settings(), [make_pinged(calls)])
    await system.start()
    yield system
    await system.stop()


def _subscriptions(system: System) -> list[Subscription]:
    return [consumer.subscription for consumer in system.consumers]


async def test_jobs_are_found_by_what_is_known_of_them_and_paged(system: System) -> None:
    async with system.worker():
        events = [await system.ping("ada", number=n) for n in range(5)]
        refused = await system.ping("eve", "SAVE_REJECTS")
        for event in events:
            await system.job_in(event, "succeeded")
        await system.job_in(refused, "rejected")
    async with system.sessions() as session:
        first = await job_desk.search(session, JobQuery(user_id="ada", limit=3))
        rest = await job_desk.search(session, JobQuery(user_id="ada", limit=3, cursor=first.next_cursor))
        rejected = await job_desk.search(session, JobQuery(status=JobStatus.REJECTED, error="RULES SAY"))
        nothing = await job_desk.search(session, JobQuery(until=datetime.now(UTC) - timedelta(hours=1)))
    assert {job.event_id for job in [*first.items, *rest.items]} == {event.id for event in events}
    assert (len(first.items), len(rest.items), rest.next_cursor) == (3, 2, None)
    assert [job.event_id for job in rejected.items] == [refused.id]
    assert nothing.items == []


async def test_numbers_count_each_job_type(system: System) -> None:
    async with system.worker(), system.relay():
        events = [await system.ping("ada", "ERROR_ONCE"), await system.ping("bob"), await system.ping("cleo")]
        dead = await system.ping("mallory", "INVALID")
        for event in events:
            await system.job_in(event, "succeeded")
        await system.job_in(dead, "dead")
    async with system.sessions() as session:
        [numbers] = (await job_desk.read_stats(session, timedelta(hours=1))).job_types
    assert (numbers.succeeded, numbers.dead, numbers.retries) == (3, 1, 1)
    assert numbers.completion_rate == pytest.approx(0.75)
    assert numbers.average_seconds is not None


async def test_a_running_job_is_cancelled_and_saves_nothing(system: System, calls: Calls) -> None:
    async with system.worker():
        event = await system.ping("ada", "HANG")
        await leave_mark(system.redis, event)
        await until(lambda: calls.running == 1)
        async with system.sessions() as session:
            await job_desk.cancel(
                session,
                system.redis,
                event_id=event.id,
                job_type=GROUP,
                operator="olga",
                subscriptions=_subscriptions(system),
            )
        # What an operator stops costs money while it runs: a second is promised.
        await until(lambda: calls.running == 0, within=1.0)
    async with system.sessions() as session:
        [detail] = await job_desk.read_jobs(session, event.id)
    assert detail.status is JobStatus.CANCELLED
    assert [(action.operator, action.action) for action in detail.actions] == [("olga", "job.cancel")]
    assert await system.effects(event) == 0


async def test_a_cancelled_retry_does_not_run(system: System, calls: Calls) -> None:
    async with system.worker():
        event = await system.ping("ada", "ERROR_ONCE")
        await system.job_in(event, "retrying")
        async with system.sessions() as session:
            await job_desk.cancel(
                session,
                system.redis,
                event_id=event.id,
                job_type=GROUP,
                operator="olga",
                subscriptions=_subscriptions(system),
            )
        async with system.relay():
            # The retry is published and polled behind this event's like, and skipped.
            await until(lambda: _outbox_is_empty(system))
            behind = await system.ping("ada")
            await system.job_in(behind, "succeeded")
    assert calls.times_started(event.id) == 1
    assert (await system.job(event)).status == "cancelled"


async def test_what_is_final_or_unknown_cannot_be_cancelled(system: System) -> None:
    async with system.worker():
        event = await system.ping("ada")
        await system.job_in(event, "succeeded")
    arguments = {"job_type": GROUP, "operator": "olga", "subscriptions": _subscriptions(system)}
    async with system.sessions() as session:
        with pytest.raises(Conflict, match="succeeded"):
            await job_desk.cancel(session, system.redis, event_id=event.id, **arguments)
        with pytest.raises(NotFound):
            await job_desk.cancel(session, system.redis, event_id=uuid4(), **arguments)


async def test_a_group_is_paused_with_a_reason_and_resumed(system: System, calls: Calls) -> None:
    common = {"group": GROUP, "operator": "olga", "subscriptions": _subscriptions(system)}
    async with system.worker() as worker:
        async with system.sessions() as session:
            paused = await group_service.pause(session, system.redis, reason="the provider is down", **common)
        assert (paused.paused, paused.paused_by, paused.reason) == (True, "olga", "the provider is down")
        await until(lambda: worker.paused_groups == {GROUP})
        event = await system.ping("ada")
        await until(lambda: worker.waiting(GROUP) == 1)
        async with system.sessions() as session:
            with pytest.raises(Conflict):
                await group_service.pause(session, system.redis, reason="again", **common)
            await group_service.resume(session, system.redis, **common)
        await system.job_in(event, "succeeded")


async def test_a_replay_runs_retained_events_again_under_their_ids(system: System, calls: Calls) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    async with system.worker(), system.relay():
        done, refused = await system.ping("ada"), await system.ping("eve", "SAVE_REJECTS")
        first = await system.job_in(done, "succeeded")
        await system.job_in(refused, "rejected")
        window = {"since": since, "until": datetime.now(UTC) + timedelta(minutes=1)}
        [subscription] = _subscriptions(system)
        plan = await replay_service.plan(system.settings, system.sessions, subscription, **window)
        assert (plan.jobs, plan.people, plan.in_flight) == (2, 2, 0)
        assert calls.times_started(done.id) == 1
        sent = await replay_service.replay(
            system.settings, system.sessions, subscription, rate=100, operator="olga", **window
        )
        assert sent == 2
        await until(lambda: _lives(system, done, 2))
        await until(lambda: _lives(system, refused, 2))
    assert calls.times_started(done.id) == 2
    async with system.sessions() as session:
        [detail] = await job_desk.read_jobs(session, done.id)
        journey = await journey_service.read_journey(session, system.redis, done.id, _subscriptions(system))
    before, after = detail.attempts
    assert (before.life, before.outcome, after.life, after.outcome) == (1, "succeeded", 2, "succeeded")
    assert (before.started_at, before.finished_at) == (first.started_at, first.finished_at)
    steps = [step.what for step in journey.jobs[0].steps if step.kind in {StepKind.PUBLISHED, StepKind.ATTEMPT}]
    assert steps == [
        "published",
        "attempt 1: succeeded",
        "waits for an operator, and is published again",
        "attempt 1: succeeded",
    ]


async def test_the_way_of_an_event_is_told_step_by_step(system: System) -> None:
    async with system.worker(), system.relay():
        event = await system.ping("ada", "ERROR_ONCE")
        await system.job_in(event, "succeeded")
        caused = await system.ping("ada", "CAUSES")
        await system.job_in(caused, "succeeded")
        await until(lambda: _told(system, caused))
    async with system.sessions() as session:
        journey = await journey_service.read_journey(session, system.redis, event.id, _subscriptions(system))
        other = await journey_service.read_journey(session, system.redis, caused.id, _subscriptions(system))
    steps = [step.what for step in journey.jobs[0].steps if step.kind in {StepKind.PUBLISHED, StepKind.ATTEMPT}]
    assert steps == [
        "published",
        "attempt 1: retrying",
        "published again, due for attempt 2",
        "attempt 2: succeeded",
    ]
    assert all(step.seconds >= 0 for step in journey.jobs[0].steps)
    assert [child.type for child in other.jobs[0].caused] == ["test.ponged"]
    assert any(step.what == "the person is told: test.ponged" for step in other.jobs[0].steps)


async def _told(system: System, event: object) -> bool:
    async with system.sessions() as session:
        journey = await journey_service.read_journey(session, system.redis, event.id, _subscriptions(system))
    return any("is told" in step.what for step in journey.jobs[0].steps)


async def _lives(system: System, event: object, life: int) -> bool:
    row = await system.job(event)
    return row.life == life and row.status in ("succeeded", "rejected")


async def _outbox_is_empty(system: System) -> bool:
    return not await system.rows("SELECT 1 FROM outbox_events")
