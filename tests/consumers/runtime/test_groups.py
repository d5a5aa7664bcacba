"""Several workers of one group: partitions move, workers die, and every event still has its effect once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from aiokafka import TopicPartition

from consumers.runtime import group_runner
from consumers.runtime.membership import Membership
from infra.exceptions import ConfigurationError
from infra.frame_publisher import stream_key
from schemas.events import Envelope, Event
from tests.support.pinged import Calls, make_pinged
from tests.support.processes import WorkerProcess, worker_process
from tests.support.system import System
from tests.support.waiting import until
from tests.support.worker_process import AFTER_THE_ANNOUNCEMENT, BEFORE_THE_ANNOUNCEMENT

pytestmark = pytest.mark.slow


async def ping_many(system: System, count: int, mode: str = "OK", **fields: float) -> list[Envelope[Event]]:
    return [await system.ping(f"person{number}", mode, number=number, **fields) for number in range(count)]


async def all_succeeded(system: System, events: Sequence[Envelope[Event]], within: float = 30.0) -> None:
    for event in events:
        await system.job_in(event, "succeeded", within=within)


async def effects_by_event(system: System) -> Counter[str]:
    return Counter(str(row.event_id) for row in await system.rows("SELECT event_id FROM effects"))


async def assert_each_has_one_effect(system: System, events: Sequence[Envelope[Event]]) -> None:
    assert await effects_by_event(system) == Counter(str(event.id) for event in events)


async def test_two_workers_share_the_partitions(system: System) -> None:
    one, two = Calls(), Calls()
    async with system.worker([make_pinged(one)]) as first, system.worker([make_pinged(two)]):
        await until(lambda: first.joined)
        events = await ping_many(system, 60)
        await all_succeeded(system, events)
    assert len(one.started) + len(two.started) == 60
    assert min(len(one.started), len(two.started)) > 0
    await assert_each_has_one_effect(system, events)


async def test_a_worker_that_joins_makes_no_running_job_run_twice(system: System) -> None:
    one, two = Calls(), Calls()
    # More than run at once, and each shorter than the grace of a revocation.
    events = await ping_many(system, 40, "SLOW", seconds=1.0)
    async with system.worker([make_pinged(one, concurrency=10)]):
        await until(lambda: one.running == 10)
        async with system.worker([make_pinged(two, concurrency=10)]):
            await all_succeeded(system, events)
    started = Counter(call.id for call in (*one.started, *two.started))
    assert set(started.values()) == {1}
    assert len(two.started) > 0
    await assert_each_has_one_effect(system, events)


async def test_work_in_flight_on_a_partition_that_comes_back_is_adopted(system: System, calls: Calls) -> None:
    async with system.worker():
        events = await ping_many(system, 8, "HANG")
        await until(lambda: calls.running == 8)
        # Whoever joins and leaves again changes every assignment twice, longer than the grace.
        consumer = make_pinged(Calls(), concurrency=1)
        async with system.worker([consumer], joined=False) as passing:
            passing.stop()
        calls.release.set()
        await all_succeeded(system, events)
    await assert_each_has_one_effect(system, events)


async def test_a_killed_worker_loses_and_doubles_nothing(system: System) -> None:
    async with worker_process(system.settings, concurrency=10) as doomed:
        slow = await ping_many(system, 30, "SLOW", seconds=0.3)
        await until(lambda: doomed_has_finished(doomed, slow, 8))
        doomed.kill()
        assert await doomed.ended() == -9
        more = await ping_many(system, 10)
        async with system.worker():
            await all_succeeded(system, [*slow, *more])
    await assert_each_has_one_effect(system, [*slow, *more])


def doomed_has_finished(worker: WorkerProcess, events: Sequence[Envelope[Event]], count: int) -> bool:
    return sum(worker.finished(event.id) for event in events) >= count


async def test_a_job_that_kills_its_process_is_delivered_again(system: System, calls: Calls) -> None:
    event = await system.ping("ada", "KILL")
    async with worker_process(system.settings, ready=False) as doomed:
        assert await doomed.ended(within=40) == -9
    assert doomed.started(event.id) == 1
    assert await system.job(event) is None


async def test_sigterm_lets_running_jobs_finish_and_hands_over_at_once(system: System, calls: Calls) -> None:
    async with worker_process(system.settings) as leaving:
        running = await ping_many(system, 5, "SLOW", seconds=1.0)
        await until(lambda: all(leaving.started(event.id) for event in running))
        async with system.worker() as staying:
            await until(lambda: staying.joined)
            leaving.terminate()
            assert await leaving.ended() == 0
            following = await ping_many(system, 20)
            # A dead member would silence the group for ten seconds.
            await all_succeeded(system, [*running, *following], within=9)
    await assert_each_has_one_effect(system, [*running, *following])
    committed = await system.committed()
    assert sum(offset for (topic, _), offset in committed.items() if topic.endswith("test.pinged")) == 25


async def test_a_drained_worker_has_committed_what_it_did(system: System) -> None:
    async with worker_process(system.settings) as leaving:
        events = await ping_many(system, 5, "SLOW", seconds=0.5)
        await until(lambda: all(leaving.started(event.id) for event in events))
        waiting = await system.ping("person0")
        leaving.terminate()
        assert await leaving.ended() == 0
    assert [leaving.finished(event.id) for event in events] == [1] * 5
    assert leaving.started(waiting.id) == 0
    assert sum((await system.committed()).values()) == 5


async def test_the_drain_timeout_abandons_a_hanging_job(system: System, calls: Calls) -> None:
    overrides = {"worker_drain_timeout": timedelta(seconds=1)}
    async with worker_process(system.settings, overrides=overrides) as leaving:
        hanging, done = await system.ping("ada", "HANG"), await system.ping("bob")
        await until(lambda: leaving.started(hanging.id))
        await system.job_in(done, "succeeded")
        leaving.terminate()
        assert await leaving.ended(within=60) == 0
    assert [line["jobs"] for line in leaving.logged if line["event"] == "group.drain_abandoned"] == [1]
    calls.release.set()
    async with system.worker():
        row = await system.job_in(hanging, "succeeded")
    assert row.attempt == 1


async def test_the_restart_of_a_static_member_moves_nobody_elses_partitions(system: System, calls: Calls) -> None:
    async with system.worker(worker_instance_id="one") as staying:
        await until(lambda: staying.joined)
        async with worker_process(system.settings, overrides={"worker_instance_id": "two"}) as restarting:
            assigned = assignments_of(staying)
            restarting.kill()
        async with worker_process(system.settings, overrides={"worker_instance_id": "two"}) as restarted:
            restarted.terminate()
            assert await restarted.ended() == 0
        async with worker_process(system.settings, overrides={"worker_instance_id": "two"}):
            events = await ping_many(system, 20)
            await all_succeeded(system, events)
        assert assignments_of(staying) == assigned


def assignments_of(worker: object) -> int:
    [runner] = worker._runners.values()  # type: ignore[attr-defined]
    return int(runner._membership._consumer._coordinator.generation)


async def test_two_workers_under_one_instance_id_say_so_and_end(system: System) -> None:
    async def run() -> None:
        async with (
            system.worker(joined=False, worker_instance_id="same") as one,
            system.worker(joined=False, worker_instance_id="same") as two,
        ):
            await until(lambda: one._stopping.is_set() or two._stopping.is_set(), within=40)

    with pytest.raises(ConfigurationError, match="DELIGHT_WORKER_INSTANCE_ID"):
        await run()


async def test_nothing_is_committed_while_the_group_is_joined_anew(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Such a commit would hang, and force the whole group to rebalance once more.
    joining: list[bool] = []
    committed: list[bool] = []
    commit = Membership.commit

    async def watched(self: Membership, offsets: Mapping[TopicPartition, int], *, timeout: float) -> bool:
        coordinator = self._consumer._coordinator
        joining.append(coordinator._performed_join_prepare)
        committed.append(await commit(self, offsets, timeout=timeout))
        joining.append(coordinator._performed_join_prepare)
        return committed[-1]

    monkeypatch.setattr(Membership, "commit", watched)
    monkeypatch.setattr(group_runner, "COMMIT_EVERY", 0.002)
    events: list[Envelope[Event]] = []
    async with system.worker():
        for _ in range(5):
            async with system.worker():
                events += await ping_many(system, 40)
        await all_succeeded(system, events)
    assert len(committed) > 20
    assert all(committed)
    assert not any(joining)
    await assert_each_has_one_effect(system, events)


@pytest.mark.parametrize("moment", [BEFORE_THE_ANNOUNCEMENT, AFTER_THE_ANNOUNCEMENT])
@pytest.mark.parametrize(
    ("mode", "frames"), [("CAUSES", [b"test.ponged", b"job.succeeded"]), ("INVALID", [b"job.dead"])]
)
async def test_a_crash_between_commit_and_offset_tells_everybody_once(
    system: System, calls: Calls, moment: str, mode: str, frames: list[bytes]
) -> None:
    event = await system.ping("ada", mode)
    # Under one name, so that the second need not wait until the group has given up the first.
    same = {"worker_instance_id": "one"}
    async with worker_process(system.settings, ready=False, overrides=same, dies=moment) as doomed:
        assert await doomed.ended(within=40) == 77
    assert doomed.started(event.id) == 1
    assert (await system.committed()) == {}
    async with system.worker(**same):
        await until(lambda: everything_committed(system, 1))
    assert [fields[b"event"] for _, fields in await system.redis.xrange(stream_key("ada", "updates"))] == frames
    letters = [letter["event-id"].decode() for letter in await system.dead_letters()]
    assert letters == ([str(event.id)] if mode == "INVALID" else [])
    assert await system.effects(event) == (mode == "CAUSES")
    assert calls.started == []


async def everything_committed(system: System, records: int) -> bool:
    return sum((await system.committed()).values()) == records
