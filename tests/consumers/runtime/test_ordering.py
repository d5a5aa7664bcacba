"""Order and parallelism: one person's jobs run one at a time and in order, and nobody waits for somebody else."""

from collections import defaultdict
from datetime import timedelta

from consumers.runtime.policy import RetryPolicy
from schemas.events import Envelope
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.raw_records import send_event
from tests.support.system import System
from tests.support.waiting import until


async def test_many_persons_jobs_run_in_order_and_one_at_a_time(system: System, calls: Calls) -> None:
    events = [await system.ping(f"person{person}", number=number) for number in range(12) for person in range(40)]
    async with system.worker([make_pinged(calls, concurrency=100)]):
        await until(lambda: len(calls.finished) == len(events), within=30)
        await system.job_in(events[-1], "succeeded")
    numbers = defaultdict(list)
    for call in calls.started:
        numbers[call.user_id].append(call.data.number)
    assert list(numbers.values()) == [list(range(12))] * 40
    assert calls.overlaps == 0


async def test_persons_run_in_parallel_up_to_the_concurrency(system: System, calls: Calls) -> None:
    for person in range(12):
        await system.ping(f"person{person}", "HANG")
    async with system.worker([make_pinged(calls, concurrency=5)]):
        await until(lambda: calls.running == 5)
        calls.release.set()
        await until(lambda: len(calls.finished) == 12)
    assert calls.most_running == 5


async def test_the_concurrency_may_hold_jobs_of_one_partition(system: System, calls: Calls) -> None:
    # Parallelism does not come from partitions: all of these are on one.
    topic = system.names.topic("test.pinged")
    for person in range(20):
        envelope = Envelope.mint(TestPinged(user_id=f"person{person}", mode="HANG"))
        await send_event(system.settings, topic, envelope, key=envelope.user_id.encode(), partition=0)
    async with system.worker():
        await until(lambda: calls.running == 20)
        calls.release.set()
        await until(lambda: len(calls.finished) == 20)


async def test_a_person_with_much_work_holds_up_nobody(system: System, calls: Calls) -> None:
    for _ in range(300):
        await system.ping("busy")
    # One at a time on purpose: whoever has to wait for all of busy's jobs is last.
    async with system.worker([make_pinged(calls, concurrency=1)]):
        others = [await system.ping(f"person{number}") for number in range(5)]
        await until(lambda: all(calls.times_started(event.id) for event in others), within=30)
        busy_by_then = sum(call.user_id == "busy" for call in calls.started)
        await until(lambda: len(calls.finished) == 305, within=30)
    assert [call.user_id for call in calls.started][-1] == "busy"
    assert busy_by_then < 300


async def test_a_running_job_holds_up_only_its_own_person(system: System, calls: Calls) -> None:
    async with system.worker():
        hanging = await system.ping("ada", "HANG")
        await until(lambda: calls.times_started(hanging.id))
        behind = await system.ping("ada")
        for other in [await system.ping(f"person{number}") for number in range(20)]:
            await system.job_in(other, "succeeded")
        assert calls.times_started(behind.id) == 0
        calls.release.set()
        await system.job_in(behind, "succeeded")


async def test_a_retry_blocks_neither_later_events_nor_others(system: System, calls: Calls) -> None:
    consumer = make_pinged(calls, retry=RetryPolicy.fixed(max_retries=1, delay=timedelta(hours=1)))
    async with system.worker([consumer]), system.relay():
        failing = await system.ping("ada", "ERROR")
        later, other = await system.ping("ada"), await system.ping("bob")
        await system.job_in(later, "succeeded")
        await system.job_in(other, "succeeded")
        row = await system.job_in(failing, "retrying")
    assert row.next_attempt_at - row.finished_at > timedelta(minutes=59)


async def test_while_a_retry_runs_no_other_job_of_its_person_does(system: System, calls: Calls) -> None:
    async with system.worker(), system.relay():
        retried = [await system.ping(f"person{number}", "HANG_ON_RETRY") for number in range(5)]
        await until(lambda: all(calls.times_started(event.id) == 2 for event in retried))
        behind = [await system.ping(f"person{number}") for number in range(5)]
        other = await system.ping("somebody-else")
        await system.job_in(other, "succeeded")
        assert [calls.times_started(event.id) for event in behind] == [0] * 5
        calls.release.set()
        for event in (*retried, *behind):
            await system.job_in(event, "succeeded")
    assert calls.overlaps == 0
