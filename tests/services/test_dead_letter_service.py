"""Dead letters at the operator's desk: found, retried, edited, discarded, and the stream that follows them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.dead_letters import DeadLetterStore
from infra.exceptions import Conflict, InvalidRequest, ModelRateLimited, NotFound
from infra.redis import create_redis
from schemas.dead_letters import DeadLetterEdit, DeadLetterFilter
from schemas.events import Envelope
from schemas.ids import new_id
from services.dead_letter_desk import DeadLetterDesk
from tests.conftest import SettingsFactory
from tests.support.dead_letters import OPERATOR, dead, die, in_stream, letter_of, make_desk, outbox_rows
from tests.support.mending import Fault, make_mendable
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.raw_records import send_raw
from tests.support.system import System
from tests.support.waiting import until


@pytest.fixture(scope="module")
def fault() -> Fault:
    return Fault(broken=False)


@pytest.fixture(scope="module")
def calls() -> Calls:
    return Calls()


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory, fault: Fault, calls: Calls) -> AsyncIterator[System]:
    """One running system for all these tests; each has persons of its own."""
    system = System(make_settings(), [make_mendable(fault, calls, retries=1)])
    await system.start()
    async with system.worker(), system.relay():
        yield system
    await system.stop()


@pytest.fixture
def desk(system: System) -> DeadLetterDesk:
    return make_desk(system)


@pytest.fixture
def broken(fault: Fault, user_id: str) -> str:
    """A person whose jobs fail."""
    fault.broken_for.add(user_id)
    return user_id


async def ids(desk: DeadLetterDesk, **wanted: object) -> list[str]:
    page = await desk.list_letters(DeadLetterFilter(**wanted), limit=100)
    return [letter.id for letter in page.items]


async def test_letters_are_found_by_what_is_known_of_them(system: System, desk: DeadLetterDesk, broken: str) -> None:
    failed = await die(system, broken, "OK", number=4)
    middle = datetime.now(UTC)
    invalid = await die(system, f"{broken}-2")
    one, other = letter_of(failed), letter_of(invalid)
    [letter] = (await desk.list_letters(DeadLetterFilter(user_id=broken), limit=10)).items
    assert (letter.id, letter.event_id, letter.job_type) == (one, failed.id, "test-pinging")
    assert (letter.reason, letter.life, letter.attempts) == ("exhausted", 1, 2)
    assert letter.error is not None
    assert letter.error.type.endswith("BrokenPartError")
    assert await ids(desk, error="can NEVER succeed", user_id=f"{broken}-2") == [other]
    assert await ids(desk, error="brokenpart", user_id=broken) == [one]
    assert await ids(desk, error="100%", user_id=broken) == []
    assert await ids(desk, fingerprint=letter.fingerprint, user_id=broken) == [one]
    assert one not in await ids(desk, died_after=middle)
    assert {one, other} & set(await ids(desk, died_before=middle)) == {one}
    assert await ids(desk, job_type="quest-generation") == []


async def test_pages_follow_one_another_newest_first(system: System, desk: DeadLetterDesk, user_id: str) -> None:
    events = [await die(system, user_id, number=n) for n in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await desk.list_letters(DeadLetterFilter(user_id=user_id), limit=2, cursor=cursor)
        seen += [letter.id for letter in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [letter_of(event) for event in reversed(events)]
    with pytest.raises(InvalidRequest, match="cursor"):
        await desk.list_letters(DeadLetterFilter(), limit=2, cursor="nonsense")


async def test_a_retried_letter_lives_again_under_its_id(
    system: System, desk: DeadLetterDesk, fault: Fault, calls: Calls, broken: str
) -> None:
    event = await die(system, broken, "ERROR_ONCE")
    fault.broken_for.discard(broken)
    retried = await desk.retry(letter_of(event), operator=OPERATOR)
    assert (retried.life, retried.delivery) == (2, 3)
    assert await in_stream(system, event) == []
    row = await system.job_in(event, "succeeded")
    # A fresh budget: the second life failed once, and had a second attempt.
    assert (row.life, row.attempt, row.delivery, row.fingerprint) == (2, 2, 4, None)
    assert await system.effects(event) == 1
    assert {call.id for call in calls.started if call.user_id == broken} == {event.id}
    shown = await desk.show(letter_of(event))
    assert shown.status == "succeeded"
    assert [(one.life, one.attempt, one.outcome) for one in shown.attempts_made] == [
        (1, 1, "retrying"),
        (1, 2, "dead"),
        (2, 1, "retrying"),
        (2, 2, "succeeded"),
    ]
    [action] = shown.actions
    assert (action.operator, action.action, action.details) == (
        OPERATOR,
        "dead_letter.retry",
        {"life": 2, "delivery": 3},
    )
    with pytest.raises(Conflict, match="succeeded"):
        await desk.retry(letter_of(event), operator=OPERATOR)


async def test_a_letter_that_dies_again_is_a_new_entry(system: System, desk: DeadLetterDesk, broken: str) -> None:
    event = await die(system, broken, "OK")
    await desk.retry(letter_of(event), operator=OPERATOR)

    async def died_again() -> bool:
        return [letter["life"] for letter in await in_stream(system, event)] == [b"2"]

    await until(died_again)
    [letter] = (await desk.list_letters(DeadLetterFilter(user_id=broken), limit=10)).items
    assert (letter.life, letter.attempts, letter.status) == (2, 2, "dead")


async def test_many_operators_retry_a_letter_to_one_effect(
    system: System, desk: DeadLetterDesk, fault: Fault, broken: str
) -> None:
    event = await die(system, broken, "OK")
    fault.broken_for.discard(broken)
    answers = await asyncio.gather(
        *(make_desk(system).retry(letter_of(event), operator=f"olga{n}") for n in range(8)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 7 + ["DeadLetterRetried"]
    row = await system.job_in(event, "succeeded")
    assert (row.life, row.delivery, await system.effects(event)) == (2, 3, 1)
    assert len((await desk.show(letter_of(event))).actions) == 1


async def test_an_edit_is_checked_and_keeps_the_event(system: System, desk: DeadLetterDesk, user_id: str) -> None:
    event = await die(system, user_id, number=1)
    for data, problem in [
        ({"number": "many"}, "number: Input should be a valid integer"),
        ({"mood": 1}, "test.pinged has no mood"),
        ({"user_id": "somebody-else"}, "user_id cannot be changed"),
        ({"mode": "x" * system.settings.max_event_bytes}, "at most 131072 are accepted"),
    ]:
        with pytest.raises(InvalidRequest, match=problem):
            await desk.edit(letter_of(event), DeadLetterEdit(data=data, retry=True), operator=OPERATOR)
    assert (await desk.show(letter_of(event))).data == event.data.model_dump()
    assert (await desk.show(letter_of(event))).actions == []

    await desk.edit(letter_of(event), DeadLetterEdit(data={"mode": "OK", "number": 2}), operator=OPERATOR)
    shown = await desk.show(letter_of(event))
    assert shown.data == {"user_id": user_id, "mode": "OK", "number": 2, "seconds": 0.0}
    [entry] = await in_stream(system, event)
    assert entry["value"].decode() == shown.value
    await desk.retry(letter_of(event), operator=OPERATOR)
    await system.job_in(event, "succeeded")
    [effect] = await system.rows("SELECT * FROM effects WHERE event_id = :id", id=event.id)
    assert (effect.number, effect.user_id) == (2, user_id)
    assert [action.action for action in (await desk.show(letter_of(event))).actions] == [
        "dead_letter.edit",
        "dead_letter.retry",
    ]


async def unreadable(system: System, key: str, value: bytes, *headers: tuple[str, bytes | None]) -> str:
    """The id of the letter of a record that is no event."""
    await send_raw(system.settings, system.names.topic("test.pinged"), value, key=key.encode(), headers=headers)
    rows = await until(lambda: system.rows("SELECT event_id FROM jobs WHERE user_id = :key", key=key))
    return f"{rows[0].event_id}:test-pinging"


async def test_an_unreadable_record_is_edited_into_an_event(system: System, desk: DeadLetterDesk, user_id: str) -> None:
    letter = await unreadable(system, user_id, b"\xff\xfe", ("trace", b"\xff"), ("empty", None))
    shown = await desk.show(letter)
    assert (shown.event_type, shown.reason, shown.data) == (None, "undecodable", None)
    assert shown.value == "base64://4="
    assert shown.headers == [("trace", None), ("empty", None)]
    with pytest.raises(Conflict, match=r"'trace' is no UTF-8.*Edit it first"):
        await desk.retry(letter, operator=OPERATOR)
    edit = DeadLetterEdit(data={"number": 5}, retry=True)
    retried = await desk.edit(letter, edit, operator=OPERATOR)
    assert retried is not None
    await until(lambda: system.rows("SELECT 1 FROM effects WHERE user_id = :user", user=user_id))
    [row] = await system.rows("SELECT * FROM jobs WHERE user_id = :user", user=user_id)
    assert (f"{row.event_id}:{row.job_type}", row.status, row.event_type) == (letter, "succeeded", "test.pinged")


async def test_a_null_header_is_named(system: System, desk: DeadLetterDesk, user_id: str) -> None:
    letter = await unreadable(system, user_id, b"{}", ("empty", None))
    with pytest.raises(Conflict, match=r"'empty' is null.*Edit it first"):
        await desk.retry(letter, operator=OPERATOR)


async def test_a_discarded_letter_is_gone_with_a_reason(system: System, desk: DeadLetterDesk, user_id: str) -> None:
    event = await die(system, user_id)
    await desk.discard(letter_of(event), reason="sent by mistake", operator=OPERATOR)
    row = await system.job(event)
    assert row is not None
    assert (row.status, row.record_value, row.record_headers) == ("cancelled", None, None)
    assert await in_stream(system, event) == []
    assert await ids(desk, user_id=user_id) == []
    [action] = (await desk.show(letter_of(event))).actions
    assert (action.operator, action.action, action.details["reason"]) == (
        OPERATOR,
        "dead_letter.discard",
        "sent by mistake",
    )
    with pytest.raises(Conflict, match="cancelled"):
        await desk.retry(letter_of(event), operator=OPERATOR)


async def test_what_is_no_letter_is_not_found(system: System, desk: DeadLetterDesk, user_id: str) -> None:
    alive = await system.ping(user_id)
    await system.job_in(alive, "succeeded")
    for letter in (letter_of(alive), str(new_id()), "nonsense"):
        with pytest.raises(NotFound):
            await desk.show(letter)
        with pytest.raises(NotFound):
            await desk.retry(letter, operator=OPERATOR)


async def test_letters_are_grouped_by_what_went_wrong(system: System, desk: DeadLetterDesk, fault: Fault) -> None:
    users = [f"grouped-{n}-{new_id().hex}" for n in range(3)]
    fault.broken_for |= set(users)
    failed = [await system.ping(user, number=n) for n, user in enumerate(users)]
    await dead(system, failed)
    invalid = await die(system, f"grouped-{new_id().hex}")
    groups = {group.error_type.rpartition(".")[2]: group for group in await desk.list_groups(DeadLetterFilter())}
    group = groups["BrokenPartError"]
    members = await ids(desk, fingerprint=group.fingerprint)
    assert set(members) >= {letter_of(event) for event in failed}
    assert letter_of(invalid) not in members
    assert (group.count, group.sample_id) == (len(members), members[0])
    assert group.people <= group.count
    assert group.first_seen_at <= group.last_seen_at
    assert "is broken" in group.sample_message


async def test_a_lost_stream_is_rebuilt_as_it_was(system: System, desk: DeadLetterDesk, broken: str) -> None:
    event = await die(system, broken, "OK")
    await desk.retry(letter_of(event), operator=OPERATOR)
    await until(lambda: in_stream(system, event))
    await unreadable(system, f"{broken}-2", b"\xff", ("bytes", b"\xff"))

    async def complete() -> bool:
        [count] = await system.rows("SELECT count(*) FROM jobs WHERE status = 'dead'")
        return count[0] == len(await system.dead_letters())

    await until(complete)
    before = await system.dead_letters()
    await system.redis.delete("dead-letters", "dead-letters:index")
    rebuilt = await desk.rebuild(operator=OPERATOR)
    after = await system.dead_letters()

    def by_event(letters: list[dict[str, bytes]]) -> list[dict[str, bytes]]:
        return sorted(letters, key=lambda letter: letter["event-id"])

    assert by_event(after) == by_event(before)
    assert (rebuilt.letters, rebuilt.added, rebuilt.removed) == (len(before), len(before), 0)
    again = await desk.rebuild(operator=OPERATOR)
    assert (again.letters, again.added, again.replaced, again.removed) == (len(before), 0, 0, 0)
    assert await system.dead_letters() == after


async def test_a_rebuild_removes_what_does_not_belong(system: System, desk: DeadLetterDesk, user_id: str) -> None:
    event = await die(system, user_id)
    [entry] = await in_stream(system, event)
    await system.redis.xadd("dead-letters", {**entry})
    await system.redis.xadd("dead-letters", {"event-id": str(new_id())})
    await system.redis.delete("dead-letters:index")
    await desk.rebuild(operator=OPERATOR)
    assert await in_stream(system, event) == [entry]
    [count] = await system.rows("SELECT count(*) FROM jobs WHERE status = 'dead'")
    assert len(await system.dead_letters()) == count[0]


async def test_a_retry_without_redis_is_done_and_the_next_list_tidies_up(
    system: System, desk: DeadLetterDesk, fault: Fault, broken: str
) -> None:
    event = await die(system, broken, "OK")
    fault.broken_for.discard(broken)
    away = create_redis(
        system.settings.model_copy(
            update={"redis_url": "redis://127.0.0.1:1/0", "redis_timeout": timedelta(seconds=0.5)}
        )
    )
    await make_desk(system, DeadLetterStore(away)).retry(letter_of(event), operator=OPERATOR)
    await away.aclose()
    await system.job_in(event, "succeeded")
    assert len(await in_stream(system, event)) == 1
    await desk.list_letters(DeadLetterFilter(), limit=1)
    assert await in_stream(system, event) == []


async def test_a_letter_of_a_group_that_is_gone_cannot_be_retried(system: System, user_id: str) -> None:
    event = await die(system, user_id)
    without = DeadLetterDesk(system.sessions, DeadLetterStore(system.redis), [], max_event_bytes=1000)
    with pytest.raises(Conflict, match="no consumer group test-pinging"):
        await without.retry(letter_of(event), operator=OPERATOR)
    assert await outbox_rows(system, event) == []


async def test_a_retried_letter_is_young_again(make_settings: SettingsFactory) -> None:
    """A letter that died of its age may be put off again: otherwise a retry after a long outage would be in vain."""
    answers = iter([True, True, False])

    async def ask(_event: object, _context: object) -> int:
        if next(answers):
            raise ModelRateLimited("slow down", retry_after=timedelta(milliseconds=100))
        return 1

    system = System(make_settings(max_job_age=timedelta(hours=1)), [replace(make_pinged(), agent=ask)])
    await system.start()
    async with system.worker(), system.relay():
        yesterday = datetime.now(UTC) - timedelta(days=1)
        event = Envelope(id=new_id(), data=TestPinged(user_id="ada"), time=yesterday)
        await system.publisher.publish(event)
        await dead(system, [event])
        assert (await make_desk(system).show(letter_of(event))).reason == "too_old"
        await make_desk(system).retry(letter_of(event), operator=OPERATOR)
        await system.job_in(event, "succeeded")
        shown = await make_desk(system).show(letter_of(event))
    await system.stop()
    assert [(one.life, one.outcome) for one in shown.attempts_made] == [(1, "dead"), (2, "snoozed"), (2, "succeeded")]
