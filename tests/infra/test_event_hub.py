"""The SSE hub: nothing between the replay and the live frames is missed, also when Valkey was away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis.asyncio import Redis

from infra.event_hub import MAX_WAITING, EventHub, FrameStream
from infra.exceptions import ServiceUnavailable, TooManyRequests
from infra.frame_log import Frame
from infra.frame_publisher import COMPANION, UPDATES, FramePublisher, OutgoingFrame, stream_key
from infra.local.state import StackState
from infra.local.valkey import ValkeyServer
from infra.redis import create_redis
from infra.settings import Settings
from schemas.frames import StreamType

KEEP = 100


def frame(user_id: str, number: int, *, event: str = "quest.generated", stream: str = UPDATES) -> OutgoingFrame:
    return OutgoingFrame(user_id, stream, f"{event}-{number}", event, f'{{"type": "{event}", "number": {number}}}')


@pytest.fixture
def publisher(redis: Redis) -> FramePublisher:
    return FramePublisher(redis, keep=KEEP)


@pytest.fixture
async def hub(redis: Redis, settings: Settings) -> AsyncIterator[EventHub]:
    hub = EventHub(redis, settings)
    hub.start()
    yield hub
    await hub.stop()


async def take(stream: FrameStream, count: int) -> list[Frame]:
    """The next `count` frames."""
    frames: list[Frame] = []
    async with asyncio.timeout(15):
        while len(frames) < count:
            taken = await stream.take(1)
            assert taken is not None, f"the stream ended after {len(frames)} of {count} frames"
            frames += taken
    return frames


def numbers(frames: list[Frame]) -> list[int]:
    return [int(f.data.rstrip("}").rpartition(" ")[2]) for f in frames]


async def test_a_live_frame_arrives(hub: EventHub, publisher: FramePublisher, user_id: str) -> None:
    stream = await hub.open(user_id, StreamType.UPDATES, None)
    await publisher.publish([frame(user_id, 1)])
    [received] = await take(stream, 1)
    assert (received.event, received.data) == ("quest.generated", frame(user_id, 1).data)


async def test_a_frame_published_twice_is_one(hub: EventHub, publisher: FramePublisher, user_id: str) -> None:
    stream = await hub.open(user_id, StreamType.UPDATES, None)
    await publisher.publish([frame(user_id, 1), frame(user_id, 2)])
    await publisher.publish([frame(user_id, 1), frame(user_id, 2), frame(user_id, 3)])
    assert numbers(await take(stream, 3)) == [1, 2, 3]
    assert await stream.take(0.05) == ()


async def test_a_reader_resumes_after_what_it_saw(hub: EventHub, publisher: FramePublisher, user_id: str) -> None:
    first = await hub.open(user_id, StreamType.UPDATES, None)
    await publisher.publish([frame(user_id, n) for n in range(10)])
    seen = await take(first, 10)
    resumed = await hub.open(user_id, StreamType.UPDATES, seen[3].id)
    await publisher.publish([frame(user_id, 10)])
    assert numbers(await take(resumed, 7)) == [4, 5, 6, 7, 8, 9, 10]


async def test_the_greeting_cursor_of_an_empty_stream_misses_nothing(
    hub: EventHub, publisher: FramePublisher, user_id: str
) -> None:
    first = await hub.open(user_id, StreamType.UPDATES, None)
    hub.release(first)
    await publisher.publish([frame(user_id, 1), frame(user_id, 2)])
    resumed = await hub.open(user_id, StreamType.UPDATES, first.cursor)
    assert numbers(await take(resumed, 2)) == [1, 2]


@pytest.mark.parametrize("cursor", ["nonsense", "1-1", "99999999999999-0", "5", "1-2-3", f"{2**70}-0", "-"])
async def test_a_cursor_that_is_not_kept_resets(
    hub: EventHub, publisher: FramePublisher, user_id: str, cursor: str
) -> None:
    await publisher.publish([frame(user_id, 1)])
    stream = await hub.open(user_id, StreamType.UPDATES, cursor)
    await publisher.publish([frame(user_id, 2)])
    reset, live = await take(stream, 2)
    assert (reset.event, reset.data) == ("reset", '{"type":"reset"}')
    assert numbers([live]) == [2]
    resumed = await hub.open(user_id, StreamType.UPDATES, reset.id)
    assert numbers(await take(resumed, 1)) == [2]


async def test_a_trimmed_cursor_resets(hub: EventHub, publisher: FramePublisher, redis: Redis, user_id: str) -> None:
    first = await hub.open(user_id, StreamType.UPDATES, None)
    await publisher.publish([frame(user_id, 0)])
    [oldest] = await take(first, 1)
    for start in range(1, 1001, 100):
        await publisher.publish([frame(user_id, n) for n in range(start, start + 100)])
    assert await redis.xlen(stream_key(user_id, UPDATES)) < 300
    for cursor in (oldest.id, "0-0"):
        stream = await hub.open(user_id, StreamType.UPDATES, cursor)
        assert (await take(stream, 1))[0].event == "reset"


async def test_narrow_streams_are_parts_of_the_updates(hub: EventHub, publisher: FramePublisher, user_id: str) -> None:
    events = ["quest.generated", "mission.briefed", "progress.updated", "job.succeeded"]
    kinds = [StreamType.QUESTS, StreamType.MISSIONS, StreamType.PROGRESS, StreamType.JOBS]
    streams = [await hub.open(user_id, kind, None) for kind in kinds]
    everything = await hub.open(user_id, StreamType.UPDATES, None)
    await publisher.publish([frame(user_id, 1, event=event) for event in events])
    assert [f.event for f in await take(everything, 4)] == events
    assert [f.event for stream in streams for f in await take(stream, 1)] == events
    # The last frame passed the narrow streams too: resuming there replays nothing that they have seen go by.
    assert {stream.cursor for stream in streams} == {everything.cursor}


async def test_the_companion_has_a_stream_of_its_own(hub: EventHub, publisher: FramePublisher, user_id: str) -> None:
    companion = await hub.open(user_id, StreamType.COMPANION, None)
    updates = await hub.open(user_id, StreamType.UPDATES, None)
    await publisher.publish([frame(user_id, 1), frame(user_id, 2, event="token", stream=COMPANION)])
    assert numbers(await take(companion, 1)) == [2]
    assert numbers(await take(updates, 1)) == [1]


async def test_people_are_kept_apart(hub: EventHub, publisher: FramePublisher, user_id: str) -> None:
    mine = await hub.open(user_id, StreamType.UPDATES, None)
    theirs = await hub.open(f"{user_id}-other", StreamType.UPDATES, None)
    await publisher.publish([frame(f"{user_id}-other", 1), frame(user_id, 2)])
    assert numbers(await take(mine, 1)) == [2]
    assert numbers(await take(theirs, 1)) == [1]


async def test_nothing_is_missed_while_readers_come(hub: EventHub, redis: Redis, user_id: str) -> None:
    """Readers that open while frames are published get each frame after their cursor once, in order."""
    total, publisher = 200, FramePublisher(redis, keep=1000)

    async def publish() -> None:
        for number in range(total):
            await publisher.publish([frame(user_id, number)])

    publishing = asyncio.create_task(publish())
    first = await hub.open(user_id, StreamType.UPDATES, "0-0")
    begun = await take(first, 1)
    cursor, seen_before = begun[-1].id, len(begun) - 1
    while seen_before < total - 1:
        stream = await hub.open(user_id, StreamType.UPDATES, cursor)
        taken = await take(stream, 1)
        seen = numbers(taken)
        assert seen == list(range(seen_before + 1, seen_before + 1 + len(seen)))
        cursor, seen_before = taken[-1].id, seen[-1]
        hub.release(stream)
    await publishing
    assert numbers(begun + await take(first, total - len(begun))) == list(range(total))


async def test_a_person_may_open_only_so_many(hub: EventHub, settings: Settings, user_id: str) -> None:
    streams = [await hub.open(user_id, StreamType.UPDATES, None) for _ in range(settings.sse_streams_per_person)]
    with pytest.raises(TooManyRequests):
        await hub.open(user_id, StreamType.QUESTS, None)
    hub.release(streams[0])
    hub.release(streams[0])
    assert not (await hub.open(user_id, StreamType.QUESTS, None)).closed
    assert hub.open_streams == settings.sse_streams_per_person


async def test_a_slow_reader_is_cut_off_and_resumes(hub: EventHub, redis: Redis, user_id: str) -> None:
    publisher = FramePublisher(redis, keep=10 * MAX_WAITING)
    slow = await hub.open(user_id, StreamType.UPDATES, None)
    reached = slow.cursor
    watch = await hub.open(user_id, StreamType.UPDATES, None)
    for start in range(0, MAX_WAITING + 44, 20):
        await publisher.publish([frame(user_id, n) for n in range(start, start + 20)])
        await take(watch, 20)
    assert slow.closed
    assert await slow.take(1) is None
    hub.release(slow)
    resumed = await hub.open(user_id, StreamType.UPDATES, reached)
    assert numbers(await take(resumed, MAX_WAITING + 44)) == list(range(MAX_WAITING + 44))


async def test_closing_ends_every_stream(hub: EventHub, user_id: str) -> None:
    stream = await hub.open(user_id, StreamType.UPDATES, None)
    waiting = asyncio.create_task(stream.take(60))
    hub.close()
    assert await asyncio.wait_for(waiting, 5) is None
    with pytest.raises(ServiceUnavailable):
        await hub.open(user_id, StreamType.UPDATES, None)


async def test_a_lost_connection_loses_no_frame(
    hub: EventHub, publisher: FramePublisher, redis: Redis, user_id: str
) -> None:
    stream = await hub.open(user_id, StreamType.UPDATES, None)
    for lost in range(5):
        await redis.client_kill_filter(_type="pubsub")
        await publisher.publish([frame(user_id, 2 * lost), frame(user_id, 2 * lost + 1)])
    assert numbers(await take(stream, 10)) == list(range(10))


class RestartableValkey:
    """A Valkey of the test's own, which may be stopped."""

    def __init__(self, folder: Path) -> None:
        state = StackState(folder)
        state.choose_ports()
        self.server = ValkeyServer(folder, state)

    async def start(self) -> None:
        await asyncio.to_thread(self.server.start)

    async def stop(self) -> None:
        await asyncio.to_thread(self.server.stop)


@pytest.fixture
def valkey() -> Iterator[RestartableValkey]:
    with TemporaryDirectory(prefix="delight-valkey-") as folder:
        valkey = RestartableValkey(Path(folder))
        valkey.server.start()
        yield valkey
        valkey.server.stop()


@pytest.fixture
async def own_redis(valkey: RestartableValkey, settings: Settings) -> AsyncIterator[Redis]:
    client = create_redis(settings.model_copy(update={"redis_url": valkey.server.url}))
    yield client
    await client.aclose()


async def test_a_restart_of_valkey_loses_no_frame_and_ends_no_stream(
    valkey: RestartableValkey, own_redis: Redis, settings: Settings
) -> None:
    hub, publisher = EventHub(own_redis, settings), FramePublisher(own_redis, keep=KEEP)
    hub.start()
    people = [f"person-{number}" for number in range(20)]
    streams = [await hub.open(person, StreamType.UPDATES, None) for person in people]
    await publisher.publish([frame(person, 1) for person in people])
    for stream in streams:
        assert numbers(await take(stream, 1)) == [1]
    await own_redis.bgrewriteaof()
    await valkey.stop()
    with pytest.raises(ServiceUnavailable):
        await hub.open("somebody-else", StreamType.UPDATES, None)
    await valkey.start()
    # Published before the hub may have come back: the channels catch up.
    await publisher.publish([frame(person, 2) for person in people])
    await publisher.publish([frame(person, 3) for person in people])
    for stream in streams:
        assert numbers(await take(stream, 2)) == [2, 3]
    await hub.stop()


async def test_a_valkey_that_forgot_everything_resets(
    valkey: RestartableValkey, own_redis: Redis, settings: Settings
) -> None:
    hub, publisher = EventHub(own_redis, settings), FramePublisher(own_redis, keep=KEEP)
    hub.start()
    stream = await hub.open("person", StreamType.UPDATES, None)
    await publisher.publish([frame("person", 1)])
    await take(stream, 1)
    await own_redis.flushall()
    await valkey.stop()
    await valkey.start()
    assert (await take(stream, 1))[0].event == "reset"
    await publisher.publish([frame("person", 2)])
    assert numbers(await take(stream, 1)) == [2]
    await hub.stop()
