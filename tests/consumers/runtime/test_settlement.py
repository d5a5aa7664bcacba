"""Settlement: whose fault a failure is, and that it harms nobody else."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agents.context import AgentContext
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.settler import MAX_BATCH
from infra.exceptions import JobRejected, ModelRateLimited
from schemas.events import Envelope, Event
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, TestPonged, make_pinged
from tests.support.system import System
from tests.support.waiting import until


async def one_batch(system: System, *modes: str) -> list[Envelope[Event]]:
    """Events of different persons, in the order of their names, that are there before the worker is."""
    return [await system.ping(f"person{number:02}", mode, number=number) for number, mode in enumerate(modes)]


@pytest.mark.parametrize(
    ("mode", "error_type"),
    [
        ("SAVE_BUG", "TypeError"),
        ("SAVE_FORGETS", "TypeError"),
        ("SAVE_BREAKS", "sqlalchemy.exc.IntegrityError"),
        ("FLUSH_BUG", "sqlalchemy.exc.StatementError"),
        ("EXITS", "SystemExit"),
        ("CANCELLED", "asyncio.exceptions.CancelledError"),
    ],
)
async def test_a_bug_is_its_own_jobs_failure_under_its_policy(
    system: System, calls: Calls, mode: str, error_type: str
) -> None:
    good, bad, also_good = await one_batch(system, "OK", mode, "OK")
    async with system.worker(), system.relay():
        row = await system.job_in(bad, "dead")
        for event in (good, also_good):
            await system.job_in(event, "succeeded")
        behind = await system.ping(bad.user_id)
        await system.job_in(behind, "succeeded")
    assert (row.attempt, row.dead_reason, row.error_type) == (3, "exhausted", error_type)
    assert [await system.effects(event) for event in (good, bad, also_good, behind)] == [1, 0, 1, 1]
    assert calls.times_started(good.id) == 1


async def test_a_save_that_takes_long_does_not_hold_up_a_full_settlement(system: System, calls: Calls) -> None:
    release = asyncio.Event()
    pinged = make_pinged(calls, concurrency=1_000)

    async def save(session: AsyncSession, event: Envelope[TestPinged], attempt: int) -> Sequence[Event]:
        if event.data.mode == "WAITS":
            calls.saved.add(event.id)
            await release.wait()
        assert pinged.save is not None
        return await pinged.save(session, event, attempt)

    async with system.worker([replace(pinged, save=save)]):
        waiting = await system.ping("ada", "WAITS")
        await until(lambda: waiting.id in calls.saved)
        others = await asyncio.gather(*(system.ping(f"person{number}") for number in range(MAX_BATCH)))
        await system.job_in(others[0], "succeeded")
        assert await system.job(waiting) is None
        release.set()
        await system.job_in(waiting, "succeeded")
    assert await system.effects(waiting) == 1


async def test_agents_that_hold_all_connections_hold_up_no_settlement(system: System, calls: Calls) -> None:
    release = asyncio.Event()

    async def ask(event: Envelope[TestPinged], context: AgentContext) -> int:
        calls.started.append(event)
        if event.data.mode == "HOLDS":
            async with context.sessions() as session:
                await session.execute(text("SELECT 1"))
                await release.wait()
        return context.attempt

    async with system.worker([replace(make_pinged(calls), agent=ask)], database_pool_size=3):
        holding = await one_batch(system, *["HOLDS"] * 6)
        await until(lambda: len(calls.started) == len(holding))
        # Its check, its settlement and its row all need a connection.
        await system.job_in(await system.ping("ada"), "succeeded")
        assert [await system.job(event) for event in holding] == [None] * len(holding)
        release.set()
        for event in holding:
            await system.job_in(event, "succeeded")


async def test_a_deadlock_is_the_infrastructures_and_spends_no_attempt(system: System, calls: Calls) -> None:
    events = await one_batch(system, "OK", "DEADLOCK_ONCE", "OK")
    async with system.worker():
        rows = [await system.job_in(event, "succeeded") for event in events]
    assert [row.attempt for row in rows] == [1, 1, 1]
    assert [await system.effects(event) for event in events] == [1, 1, 1]
    assert [calls.times_started(event.id) for event in events] == [1, 1, 1]


@pytest.mark.parametrize("error", [JobRejected("The rules say no."), TypeError("a bug")])
async def test_save_all_that_refuses_one_of_many_harms_only_that_one(
    system: System, calls: Calls, error: Exception
) -> None:
    events = await one_batch(system, *["OK"] * 5, "SAVE_REJECTS", *["OK"] * 5)
    async with system.worker([saving_together(calls, error)]), system.relay():
        row = await system.job_in(events[5], "rejected" if isinstance(error, JobRejected) else "dead")
        for event in (*events[:5], *events[6:]):
            await system.job_in(event, "succeeded")
    assert row.error_type.endswith(type(error).__name__)
    assert [await system.effects(event) for event in events] == [1] * 5 + [0] + [1] * 5
    assert [calls.times_started(event.id) for event in events if event is not events[5]] == [1] * 10


async def test_save_all_that_answers_for_too_few_is_a_bug_and_stalls_nothing(system: System, calls: Calls) -> None:
    async def save_all(_session: AsyncSession, pairs: Sequence[Any]) -> Sequence[Sequence[Event]]:
        return [[TestPonged(user_id="x")]] * (len(pairs) + 1)

    events = await one_batch(system, "OK", "OK")
    consumer = replace(make_pinged(calls), save=None, save_all=save_all)
    async with system.worker([consumer]), system.relay():
        rows = [await system.job_in(event, "dead") for event in events]
    assert [row.error_type for row in rows] == ["ValueError", "ValueError"]


def saving_together(calls: Calls, error: Exception) -> AnyConsumer:
    one_by_one = make_pinged(calls)

    async def save_all(session: AsyncSession, pairs: Sequence[Any]) -> Sequence[Sequence[Event]]:
        assert one_by_one.save is not None
        if any(envelope.data.mode == "SAVE_REJECTS" for envelope, _ in pairs):
            raise error
        return [await one_by_one.save(session, envelope, result) for envelope, result in pairs]

    return replace(one_by_one, save=None, save_all=save_all)


async def test_follow_up_events_of_an_undone_save_are_never_published(system: System, calls: Calls) -> None:
    asked: list[int] = []

    async def save(_session: AsyncSession, event: Envelope[TestPinged], _result: int) -> Sequence[Event]:
        asked.append(event.data.number)
        # The first one is saved, then undone with the second that says no, and says no itself when it is asked again.
        if event.data.number == 0 and asked.count(0) == 1:
            return [TestPonged(user_id=event.user_id, number=99)]
        raise JobRejected("no")

    first, second = await one_batch(system, "OK", "OK")
    async with system.worker([replace(make_pinged(calls), save=save)]):
        rows = [await system.job_in(event, "rejected") for event in (first, second)]
        frames = await until(lambda: system.redis.xrange(f"delight:frames:updates:{first.user_id}"))
    assert asked == [0, 1, 0]
    assert [row.effects for row in rows] == [None, None]
    assert await system.rows("SELECT 1 FROM outbox_events") == []
    assert [fields[b"event"] for _, fields in frames] == [b"job.rejected"]


async def test_an_error_whose_message_cannot_be_read_is_a_failure_like_others(system: System, calls: Calls) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    async def agent(_event: Envelope[TestPinged], _context: AgentContext) -> int:
        raise Unspeakable

    [event] = await one_batch(system, "OK")
    async with system.worker([replace(make_pinged(calls), agent=agent)]), system.relay():
        row = await system.job_in(event, "dead")
    assert row.error_type.endswith("Unspeakable")


@pytest.mark.parametrize("delay", [timedelta(days=400_000_000), timedelta(seconds=-5)], ids=["endless", "past"])
async def test_a_rate_limit_of_an_absurd_delay_is_a_snooze_within_bounds(
    system: System, calls: Calls, delay: timedelta
) -> None:
    async def agent(_event: Envelope[TestPinged], context: AgentContext) -> int:
        raise ModelRateLimited("slow down", retry_after=delay)

    [event] = await one_batch(system, "OK")
    async with system.worker([replace(make_pinged(calls), agent=agent)]):
        row = await system.job_in(event, "snoozed")
    # Counted from when it was accepted, since that is what its age is.
    assert row.finished_at < row.next_attempt_at <= row.accepted_at + system.settings.max_job_age + timedelta(seconds=5)


class TestNamedAtLength(TestPinged):
    # One more character than the column of the job row holds.
    type: ClassVar[str] = "test." + "x" * 124


async def test_a_job_whose_row_cannot_be_written_is_kept_as_a_dead_letter(
    make_settings: SettingsFactory, calls: Calls
) -> None:
    system = System(make_settings(), [replace(make_pinged(calls), event=TestNamedAtLength)])
    await system.start()
    async with system.worker():
        await system.publish(TestNamedAtLength(user_id="ada"))
        await until(system.dead_letters)
        topic = system.names.topic(TestNamedAtLength.type)
        await until(lambda: passed(system, topic))
    [letter] = await system.dead_letters()
    assert (letter["reason"], letter["original-topic"].decode()) == (b"invalid", topic)
    assert letter["value"].startswith(b'{"user_id":"ada"')
    assert await system.rows("SELECT 1 FROM effects") == []
    await system.stop()


async def passed(system: System, topic: str) -> bool:
    return sum(offset for (name, _), offset in (await system.committed()).items() if name == topic) == 1


async def test_jobs_that_settle_together_keep_what_is_their_own(system: System, calls: Calls) -> None:
    async def agent(event: Envelope[Any], context: AgentContext) -> int:
        if isinstance(event.data, TestPonged):
            context.usage.estimate("a-model", [], "x" * 40)
        return 1

    async def save(_session: AsyncSession, event: Envelope[Any], _result: int) -> Sequence[Event]:
        return [TestPonged(user_id="somebody")] if isinstance(event.data, TestPinged) and event.data.number else []

    both = replace(make_pinged(calls), event=(TestPinged, TestPonged), agent=agent, save=save)
    usual = await system.ping("person00")
    causing = await system.ping("person01", number=1)
    trace = "0af7651916cd43dd8448eb211c80319c"
    unusual = await system.publish(
        TestPonged(user_id="person02"), correlation_id="r-2", traceparent=f"00-{trace}-b7ad6b7169203331-01"
    )
    async with system.worker([both]):
        rows = [await system.job_in(event, "succeeded") for event in (usual, causing, unusual)]

    assert [row.event_type for row in rows] == ["test.pinged", "test.pinged", "test.ponged"]
    assert [(row.delivery, row.attempt, row.life) for row in rows] == [(1, 1, 1)] * 3
    assert [row.request_id for row in rows] == [None, None, "r-2"]
    assert [row.trace_id for row in rows] == [None, None, trace]
    assert [(row.model, row.tokens_in, row.tokens_out) for row in rows] == [
        (None, 0, 0),
        (None, 0, 0),
        ("a-model", 0, 10),
    ]
    assert [bool(row.effects) for row in rows] == [False, True, False]
    # To the microsecond: they travel as seconds.
    assert [row.accepted_at for row in rows] == [event.time for event in (usual, causing, unusual)]
    assert all(row.accepted_at <= row.started_at <= row.returned_at for row in rows)
