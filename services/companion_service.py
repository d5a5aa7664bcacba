"""Companion chat: what of a conversation is kept. What a character knows when they answer: `services.companion_context`.

A person's message is in the history as soon as it is accepted (group companion-history), and the settlement of its
answer (group companion-reply) makes it answered; whichever comes first writes its row. Every save takes the person's
lock. An interrupted message is answered by the next answer of its conversation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import JobInvalid
from models.companion_message import CompanionMessageModel
from models.job import JobModel
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
from schemas.events import Envelope, Event, UserId
from schemas.jobs import JobStatus
from schemas.memories import MemoryCandidate
from schemas.pages import Page
from services import character_service, memory_service
from services.paging import read_page
from services.user_service import lock_user

REPLY_GROUP = "companion-reply"
"""The group whose jobs answer; a message fails when its job there does."""

_UNANSWERED_JOBS = (JobStatus.DEAD, JobStatus.EXPIRED, JobStatus.CANCELLED, JobStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class CompanionAnswer:
    """The companion agent's answer, or as much of it as there was when it was interrupted.

    `answers` are the person's messages that it answers, the event's own among them.
    """

    text: str
    model: str
    answers: tuple[UUID, ...]
    interrupted: bool = False
    memories: tuple[MemoryCandidate, ...] = ()


async def keep_message(session: AsyncSession, event: Envelope[CompanionMessaged], _result: None) -> Sequence[Event]:
    """Put the person's message into the history, waiting for its answer. Raises `JobInvalid` for an id that is taken."""
    await lock_user(session, event.user_id)
    await _own_message(session, event)
    return []


async def save_answer(
    session: AsyncSession, event: Envelope[CompanionMessaged], result: CompanionAnswer
) -> Sequence[Event]:
    """Keep the answer with what it covers, or the part that was written when it was interrupted."""
    user = await lock_user(session, event.user_id)
    character, message_id = event.data.character, answer_id(event.id)
    own = await _own_message(session, event)
    if await session.get(CompanionMessageModel, message_id) is not None:
        # Answered in an earlier life of the job.
        return []
    if result.interrupted:
        if own.status is not MessageStatus.ANSWERED:
            own.status = MessageStatus.INTERRUPTED
        if result.text:
            session.add(_answer(own, message_id, result, MessageStatus.SUPERSEDED))
        return [CompanionInterrupted(user_id=user.id, character=character, message_id=message_id)]
    # The message's own row has to be there before the answer refers to it.
    await session.flush()
    session.add(_answer(own, message_id, result, MessageStatus.COMPLETE))
    covered = await session.scalars(
        select(CompanionMessageModel).where(
            CompanionMessageModel.id.in_(result.answers), CompanionMessageModel.user_id == user.id
        )
    )
    for message in covered:
        message.status = MessageStatus.ANSWERED
    await character_service.on_conversation(session, user.id, character, at=datetime.now(UTC), time_zone=user.time_zone)
    if result.memories:
        await memory_service.save_candidates(session, user.id, result.memories, event.id)
    return [
        CompanionReplied(
            user_id=user.id,
            character=character,
            message_id=message_id,
            answers=list(result.answers),
            model=result.model,
        )
    ]


async def list_messages(
    session: AsyncSession, user_id: UserId, *, character: Character | None, limit: int, cursor: str | None
) -> Page[CompanionMessageRead]:
    """The person's messages and those of their characters, or of one of them, newest first.

    Raises `InvalidRequest` for a malformed cursor or limit.
    """
    query = select(CompanionMessageModel).where(CompanionMessageModel.user_id == user_id)
    if character is not None:
        query = query.where(CompanionMessageModel.character == character)
    page = await read_page(session, query, CompanionMessageModel, CompanionMessageRead, limit=limit, cursor=cursor)
    if waiting := [message.id for message in page.items if message.status is MessageStatus.WAITING]:
        failed = set(
            await session.scalars(
                select(JobModel.event_id).where(
                    JobModel.event_id.in_(waiting),
                    JobModel.job_type == REPLY_GROUP,
                    JobModel.status.in_(_UNANSWERED_JOBS),
                )
            )
        )
        for message in page.items:
            if message.id in failed:
                message.status = MessageStatus.FAILED
    return page


async def is_kept(session: AsyncSession, user_id: UserId, message_id: UUID) -> bool:
    """Whether the person's message is in the history."""
    query = select(CompanionMessageModel.id).where(
        CompanionMessageModel.id == message_id, CompanionMessageModel.user_id == user_id
    )
    return await session.scalar(query) is not None


async def _own_message(session: AsyncSession, event: Envelope[CompanionMessaged]) -> CompanionMessageModel:
    """The row of the message that `event` is, written when it is missing."""
    message = await session.get(CompanionMessageModel, event.id)
    if message is None:
        message = CompanionMessageModel(
            id=event.id,
            user_id=event.user_id,
            character=event.data.character,
            author=Author.PERSON,
            text=event.data.message,
            status=MessageStatus.WAITING,
            # A clock that runs ahead would keep the message below all that follow.
            created_at=min(event.time, datetime.now(UTC)),
        )
        session.add(message)
    elif message.user_id != event.user_id:
        raise JobInvalid("A message with the id of this event exists already.")
    return message


def _answer(
    message: CompanionMessageModel, message_id: UUID, result: CompanionAnswer, status: MessageStatus
) -> CompanionMessageModel:
    return CompanionMessageModel(
        id=message_id,
        user_id=message.user_id,
        character=message.character,
        author=Author.CHARACTER,
        text=result.text,
        status=status,
        companion_message_id=message.id,
        model=result.model,
        # After the message, also when the clock of this worker is behind the edge's.
        created_at=max(datetime.now(UTC), message.created_at + timedelta(microseconds=1)),
    )
