from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from infra.exceptions import InvalidRequest, JobInvalid
from schemas.characters import Character
from schemas.companion import (
    Author,
    CompanionInterrupted,
    CompanionMessaged,
    CompanionMessageRead,
    CompanionReplied,
    MessageStatus,
    answer_id,
)
from schemas.events import Envelope
from schemas.memories import MemoryCandidate, MemoryTier
from services import companion_service, memory_service
from services.companion_service import CompanionAnswer
from tests.support.person import Person, happened


def said(person: Person, message: str = "Hello", at: datetime | None = None, **fields: Any) -> Envelope[Any]:
    return happened(CompanionMessaged(user_id=person.user_id, message=message, **fields), at)


async def keep(person: Person, event: Envelope[Any]) -> None:
    async with person.sessions.begin() as session:
        assert await companion_service.keep_message(session, event, None) == []


async def answer(person: Person, event: Envelope[Any], words: str = "Hello to you.", **fields: Any) -> Any:
    result = CompanionAnswer(**({"text": words, "model": "offline", "answers": (event.id,)} | fields))
    async with person.sessions.begin() as session:
        (follow_up,) = await companion_service.save_answer(session, event, result)
    return follow_up


async def history(person: Person, **options: Any) -> list[CompanionMessageRead]:
    """Oldest first."""
    async with person.sessions() as session:
        page = await companion_service.list_messages(
            session, person.user_id, **({"character": None, "limit": 100, "cursor": None} | options)
        )
    return page.items[::-1]


@pytest.mark.parametrize("kept_first", [True, False])
async def test_whichever_group_comes_first_the_message_is_there_once(sessions, kept_first: bool) -> None:
    person = Person(sessions)
    event = said(person, character=Character.LYRA)
    if kept_first:
        await keep(person, event)
        assert [message.status for message in await history(person)] == [MessageStatus.WAITING]
    replied = await answer(person, event)
    if not kept_first:
        await keep(person, event)
    question, reply = await history(person)
    assert (question.id, question.author, question.status) == (event.id, Author.PERSON, MessageStatus.ANSWERED)
    assert (reply.id, reply.in_reply_to, reply.status) == (answer_id(event.id), event.id, MessageStatus.COMPLETE)
    assert {message.character for message in (question, reply)} == {Character.LYRA}
    assert replied == CompanionReplied(
        user_id=person.user_id,
        character=Character.LYRA,
        message_id=reply.id,
        answers=[event.id],
        model="offline",
    )


async def test_an_interrupted_answer_leaves_its_part_and_the_next_settles_both(sessions) -> None:
    person = Person(sessions)
    first, second = said(person, "One"), said(person, "Two")
    stopped = await answer(person, first, "So far", answers=(), interrupted=True)
    assert isinstance(stopped, CompanionInterrupted)
    assert [(m.text, m.status) for m in await history(person)] == [
        ("One", MessageStatus.INTERRUPTED),
        ("So far", MessageStatus.SUPERSEDED),
    ]
    await answer(person, second, "To both", answers=(second.id, first.id))
    assert {m.text: m.status for m in await history(person)} == {
        "One": MessageStatus.ANSWERED,
        "So far": MessageStatus.SUPERSEDED,
        "Two": MessageStatus.ANSWERED,
        "To both": MessageStatus.COMPLETE,
    }


async def test_a_message_that_was_covered_stays_answered(sessions) -> None:
    person = Person(sessions)
    first, second = said(person, "One"), said(person, "Two")
    await keep(person, first)
    await answer(person, second, answers=(second.id, first.id))
    assert isinstance(await answer(person, first, "", answers=(), interrupted=True), CompanionInterrupted)
    assert [m.status for m in await history(person)].count(MessageStatus.ANSWERED) == 2
    assert len(await history(person)) == 3


async def test_nobody_elses_message_is_touched(sessions) -> None:
    person, other = Person(sessions), Person(sessions)
    theirs = said(other)
    await keep(other, theirs)
    mine = said(person)
    await answer(person, mine, answers=(mine.id, theirs.id))
    assert [m.status for m in await history(other)] == [MessageStatus.WAITING]
    stolen = Envelope(id=theirs.id, data=mine.data, time=mine.time)
    with pytest.raises(JobInvalid):
        await keep(person, stolen)


async def test_clocks_that_differ_do_not_disturb_the_order(sessions) -> None:
    person = Person(sessions)
    ahead = said(person, "From the future", at=datetime.now(UTC) + timedelta(hours=1))
    await answer(person, ahead, "At once")
    await keep(person, said(person, "Later"))
    assert [m.text for m in await history(person)] == ["From the future", "At once", "Later"]


async def test_memories_are_kept_with_the_answer(sessions) -> None:
    person = Person(sessions)
    memory = MemoryCandidate(text="You like the sea.", tier=MemoryTier.PERSONAL)
    event = said(person)
    await answer(person, event, memories=(memory,))
    async with sessions() as session:
        page = await memory_service.list_memories(session, person.user_id, tier=None, limit=10, cursor=None)
    assert [(m.text, m.source_event_id) for m in page.items] == [("You like the sea.", event.id)]


@pytest.mark.parametrize(
    ("job_status", "shown"),
    [
        ("dead", MessageStatus.FAILED),
        ("cancelled", MessageStatus.FAILED),
        ("retrying", MessageStatus.WAITING),
    ],
)
async def test_a_message_failed_when_its_job_did(sessions, job_status: str, shown: MessageStatus) -> None:
    person = Person(sessions)
    event = said(person)
    await keep(person, event)
    async with sessions.begin() as session:
        await session.execute(
            text("""
                INSERT INTO jobs (event_id, job_type, status, delivery, attempt, life, user_id, event_type,
                                  accepted_at, started_at, finished_at, tokens_in, tokens_out)
                VALUES (:id, 'companion-reply', :status, 3, 3, 1, :user, 'companion.messaged', now(), now(), now(), 0, 0)
            """),
            {"id": event.id, "status": job_status, "user": person.user_id},
        )
    assert [m.status for m in await history(person)] == [shown]


async def test_pages_hold_one_conversation_or_all(sessions) -> None:
    person = Person(sessions)
    for number, character in enumerate((Character.LYRA, Character.THORNE, Character.LYRA)):
        await keep(person, said(person, f"Number {number}", character=character))
    assert [m.text for m in await history(person, character=Character.LYRA)] == ["Number 0", "Number 2"]
    assert len(await history(person)) == 3
    assert await history(Person(sessions)) == []
    with pytest.raises(InvalidRequest):
        await history(person, cursor="nonsense")
