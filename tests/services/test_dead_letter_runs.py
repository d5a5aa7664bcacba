"""Runs: many dead letters planned and retried, each once, at a rate, whoever works them off."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from infra.exceptions import Conflict, NotFound
from schemas.dead_letters import DeadLetterFilter, RetryOrder, RetryPlan
from schemas.events import Envelope, Event
from schemas.ids import new_id
from services.dead_letter_runs import DeadLetterRuns
from tests.conftest import SettingsFactory
from tests.support.dead_letters import OPERATOR, dead, letter_of, make_desk, make_runs, outbox_rows
from tests.support.mending import Fault, make_mendable
from tests.support.raw_records import send_raw
from tests.support.system import System
from tests.support.waiting import until


@pytest.fixture(scope="module")
def fault() -> Fault:
    return Fault(broken=False)


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory, fault: Fault) -> AsyncIterator[System]:
    """One system with a worker for all these tests; each has persons of its own, and a relay when it wants one."""
    system = System(make_settings(), [make_mendable(fault)])
    await system.start()
    async with system.worker():
        yield system
    await system.stop()


@pytest.fixture
def runs(system: System) -> DeadLetterRuns:
    return make_runs(system)


async def die_many(system: System, fault: Fault, person: str, count: int) -> list[Envelope[Event]]:
    """Dead letters of as many persons, whose names begin alike; they fail until mended."""
    users = [f"{person}-{n}" for n in range(count)]
    fault.broken_for |= set(users)
    events = list(await asyncio.gather(*(system.ping(user, "OK", number=n) for n, user in enumerate(users))))
    await dead(system, events)
    return events


def mend(fault: Fault) -> None:
    fault.broken_for.clear()


def all_of(person: str) -> DeadLetterFilter:
    # The error quotes the person's name.
    return DeadLetterFilter(error=f"'{person}-")


async def statuses(system: System, events: list[Envelope[Event]]) -> list[str]:
    rows = await system.rows(
        "SELECT status, life FROM jobs WHERE event_id = ANY(:ids) ORDER BY event_id", ids=[event.id for event in events]
    )
    return [f"{row.status} {row.life}" for row in rows]


async def test_the_plan_says_how_many_whose_how_old_and_how_dear(
    system: System, runs: DeadLetterRuns, fault: Fault, user_id: str
) -> None:
    events = await die_many(system, fault, user_id, 4)
    await make_desk(system).list_letters(all_of(user_id), limit=10)
    async with system.sessions.begin() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE jobs SET tokens_in = 100, tokens_out = 20, user_id = $1 WHERE event_id = ANY($2)",
            (events[0].user_id, [event.id for event in events]),
        )
    plan = await runs.plan(all_of(user_id))
    assert (plan.letters, plan.people, plan.skipped) == (4, 1, 0)
    assert plan.oldest_died_at is not None
    assert plan.oldest_age_seconds > 0
    assert [(one.job_type, one.letters) for one in plan.job_types] == [("test-pinging", 4)]
    # Nothing of this type has succeeded yet, so what the letters spent is the guess.
    assert (plan.job_types[0].tokens_per_job, plan.estimated_tokens) == (120, 480)
    assert await statuses(system, events) == ["dead 1"] * 4


async def test_the_plan_warns_of_letters_that_will_only_die_again(
    system: System, runs: DeadLetterRuns, fault: Fault, user_id: str
) -> None:
    [event] = await die_many(system, fault, user_id, 1)
    topic = system.names.topic("test.pinged")
    await send_raw(system.settings, topic, b"no event", key=event.user_id.encode())
    of_person = DeadLetterFilter(user_id=event.user_id)

    async def both_died() -> RetryPlan | None:
        plan = await runs.plan(of_person)
        return plan if plan.letters == 2 else None

    plan: RetryPlan = await until(both_died)
    assert (plan.skipped, plan.hopeless) == (0, 1)


async def test_a_plan_of_nothing_is_empty(runs: DeadLetterRuns) -> None:
    plan = await runs.plan(DeadLetterFilter(user_id="nobody"))
    assert (plan.letters, plan.people, plan.oldest_died_at, plan.estimated_tokens) == (0, 0, None, 0)


async def test_two_that_work_a_run_off_together_retry_each_letter_once(
    system: System, runs: DeadLetterRuns, fault: Fault, user_id: str
) -> None:
    events = await die_many(system, fault, user_id, 30)
    mend(fault)
    run = await runs.order(RetryOrder(filter=all_of(user_id), rate=15), operator=OPERATOR)
    await asyncio.gather(runs.work_off(run.id), make_runs(system).work_off(run.id))
    rows = [await outbox_rows(system, event) for event in events]
    assert [len(found) for found in rows] == [1] * 30
    due = sorted(found[0].available_at for found in rows)
    # The rate holds for the records themselves, up to the second that a late step may make up for.
    assert (due[-1] - due[0]).total_seconds() >= 29 / 15 - 1
    async with system.relay():
        await until(lambda: all_succeeded(system, events))
    assert await statuses(system, events) == ["succeeded 2"] * 30
    assert [await system.effects(event) for event in events] == [1] * 30
    after = await runs.read(run.id)
    assert (after.state, after.planned, after.retried, after.skipped) == ("done", 30, 30, 0)
    assert after.jobs == {"succeeded": 30}
    [action] = (await make_desk(system).show(letter_of(events[0]))).actions
    assert (action.operator, action.details) == (OPERATOR, {"run": str(run.id)})


async def all_succeeded(system: System, events: list[Envelope[Event]]) -> bool:
    return set(await statuses(system, events)) == {"succeeded 2"}


async def test_what_dies_again_is_not_retried_by_the_same_run(
    system: System, runs: DeadLetterRuns, fault: Fault, user_id: str
) -> None:
    events = await die_many(system, fault, user_id, 3)
    run = await runs.order(RetryOrder(filter=all_of(user_id), rate=2), operator=OPERATOR)
    async with system.relay():
        await runs.work_off(run.id)

        async def died_again() -> bool:
            return await statuses(system, events) == ["dead 2"] * 3

        await until(died_again)
    after = await runs.read(run.id)
    assert (after.state, after.retried, after.jobs) == ("done", 3, {"dead": 3})


async def test_a_canary_that_dies_halts_the_run_and_a_resume_goes_on(
    system: System, runs: DeadLetterRuns, fault: Fault, user_id: str
) -> None:
    events = await die_many(system, fault, user_id, 5)
    run = await runs.order(RetryOrder(filter=all_of(user_id), rate=100, canary=2), operator=OPERATOR)
    async with system.relay():
        await runs.work_off(run.id)
        halted = await runs.read(run.id)
        assert (halted.state, halted.retried, halted.jobs) == ("halted", 2, {"dead": 2})
        assert sorted(await statuses(system, events)) == ["dead 1"] * 3 + ["dead 2"] * 2
        assert await runs.step(run.id) is None
        mend(fault)
        await runs.resume(run.id, operator=OPERATOR)
        await runs.work_off(run.id)

        async def rest_succeeded() -> bool:
            return sorted(await statuses(system, events)) == ["dead 2"] * 2 + ["succeeded 2"] * 3

        await until(rest_succeeded)
    assert (await runs.read(run.id)).state == "done"


async def test_canaries_that_live_let_the_others_follow(
    system: System, runs: DeadLetterRuns, fault: Fault, user_id: str
) -> None:
    events = await die_many(system, fault, user_id, 4)
    mend(fault)
    run = await runs.order(RetryOrder(filter=all_of(user_id), rate=100, canary=2), operator=OPERATOR)
    assert run.state == "canary"
    await runs.step(run.id)
    # Nobody publishes yet, so the canaries are on their way and the others wait.
    assert await runs.step(run.id) is not None
    assert sorted(await statuses(system, events)) == ["dead 1"] * 2 + ["retrying 2"] * 2
    async with system.relay():
        await runs.work_off(run.id)
        await until(lambda: all_succeeded(system, events))
    assert (await runs.read(run.id)).jobs == {"succeeded": 4}


async def test_a_stopped_run_retries_no_more_until_it_is_resumed(
    system: System, runs: DeadLetterRuns, fault: Fault, user_id: str
) -> None:
    events = await die_many(system, fault, user_id, 3)
    mend(fault)
    run = await runs.order(RetryOrder(filter=all_of(user_id), rate=1), operator=OPERATOR)
    await runs.step(run.id)
    stopped = await runs.stop(run.id, operator=OPERATOR)
    assert (stopped.state, stopped.retried) == ("stopped", 1)
    assert await runs.step(run.id) is None
    assert run.id not in await runs.find_active()
    with pytest.raises(Conflict, match="stopped"):
        await runs.stop(run.id, operator=OPERATOR)
    await runs.resume(run.id, operator=OPERATOR)
    assert run.id in await runs.find_active()
    async with system.relay():
        await runs.work_off(run.id)
        await until(lambda: all_succeeded(system, events))
    assert [await system.effects(event) for event in events] == [1] * 3


async def test_letters_that_need_an_edit_are_planned_as_skipped_and_left(
    system: System, runs: DeadLetterRuns, user_id: str
) -> None:
    topic = system.names.topic("test.pinged")
    for headers in ([("empty", None)], [("trace", b"\xff")], []):
        await send_raw(system.settings, topic, b"no event", key=user_id.encode(), headers=headers)
    await send_raw(system.settings, topic, None, key=user_id.encode())
    wanted = DeadLetterFilter(user_id=user_id)

    async def planned() -> bool:
        return (await runs.plan(wanted)).letters == 4

    await until(planned)
    assert (await runs.plan(wanted)).skipped == 3
    run = await runs.order(RetryOrder(filter=wanted, rate=100), operator=OPERATOR)
    await runs.work_off(run.id)
    after = await runs.read(run.id)
    assert (after.state, after.retried, after.skipped, after.jobs) == ("done", 1, 3, {"retrying": 1})


async def test_a_run_that_is_not_there_is_not_found(runs: DeadLetterRuns) -> None:
    for action in (runs.read(new_id()), runs.step(new_id()), runs.stop(new_id(), operator=OPERATOR)):
        with pytest.raises(NotFound):
            await action
