"""Companion chat: what a character needs to know to answer, and what of a conversation is kept.

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
from models.goal import GoalModel
from models.job import JobModel
from models.mission import MissionModel
from schemas.characters import Character
from schemas.companion import (
    Author,
    ChatPolicy,
    CompanionInterrupted,
    CompanionMessaged,
    CompanionMessageRead,
    CompanionReplied,
    MessageStatus,
    answer_id,
)
from schemas.events import Envelope, Event, UserId
from schemas.goals import GoalStatus
from schemas.jobs import JobStatus
from schemas.memories import MemoryCandidate
from schemas.missions import MissionStatus
from schemas.pages import Page
from services import character_service, memory_service
from services.paging import read_page
from services.quest_service import GoalContext
from services.user_service import lock_user, read_time_zone

REPLY_GROUP = "companion-reply"
"""The group whose jobs answer; a message fails when its job there does."""

CONTEXT_MESSAGES = 20
"""The newest messages of the conversation that a character is reminded of."""

CONTEXT_GOALS = 5
CONTEXT_MISSIONS = 5
"""The newest active goals, and open missions, that a character knows of."""

_UNANSWERED_JOBS = (JobStatus.DEAD, JobStatus.EXPIRED, JobStatus.CANCELLED, JobStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of the conversation, as it is told to the agent."""

    author: Author
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a character knows when they answer: oldest first.

    `is_answered`: the message needs no answer any more, as a newer one's covered it. `interrupted` are earlier messages
    that this answer has to cover too.
    """

    is_answered: bool
    interrupted: tuple[CompanionMessageModel, ...]
    earlier: tuple[Spoken, ...]
    level: int
    goals: tuple[GoalContext, ...]
    open_missions: tuple[str, ...]
    time_zone: str


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


async def read_conversation(session: AsyncSession, event: Envelope[CompanionMessaged]) -> Conversation:
    """What the character that `event` is addressed to knows of the person and of the conversation before it."""
    user_id, character = event.user_id, event.data.character
    found = await session.scalars(
        select(CompanionMessageModel)
        .where(
            CompanionMessageModel.user_id == user_id,
            CompanionMessageModel.character == character,
            CompanionMessageModel.status != MessageStatus.SUPERSEDED,
        )
        .order_by(CompanionMessageModel.created_at.desc(), CompanionMessageModel.id.desc())
        # Those that wait behind this one are among the newest, and say nothing here.
        .limit(2 * CONTEXT_MESSAGES)
    )
    messages = found.all()[::-1]
    own = next((message for message in messages if message.id == event.id), None)
    moment = own.created_at if own else event.time
    written = {message.id: message.created_at for message in messages}
    later = {
        message.id
        for message in messages
        if message.author is Author.PERSON and message.id != event.id and message.created_at >= moment
    }
    earlier = [
        message
        for message in messages
        if message.id != event.id and message.id not in later and message.companion_message_id not in later
    ]
    interrupted = [message for message in earlier if _is_covered(message, event.data.policy)]
    # An answer follows what it answers, whatever was written meanwhile.
    spoken = sorted(
        (message for message in earlier if message not in interrupted),
        key=lambda message: (
            written.get(message.companion_message_id or message.id, message.created_at),
            message.author is Author.CHARACTER,
        ),
    )
    return Conversation(
        is_answered=own is not None and own.status is MessageStatus.ANSWERED,
        interrupted=tuple(interrupted),
        earlier=tuple(Spoken(message.author, message.text) for message in spoken[-CONTEXT_MESSAGES:]),
        level=await character_service.read_level(session, user_id, character),
        goals=await _goals(session, user_id),
        open_missions=await _open_missions(session, user_id),
        time_zone=await read_time_zone(session, user_id),
    )


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


def _is_covered(message: CompanionMessageModel, policy: ChatPolicy) -> bool:
    """Whether an answer of this policy covers the earlier `message` too."""
    if message.status is MessageStatus.INTERRUPTED:
        return True
    # One that waits for its retry was to be stopped by the interrupting one all the same.
    return policy is ChatPolicy.INTERRUPT and message.status is MessageStatus.WAITING


async def _goals(session: AsyncSession, user_id: UserId) -> tuple[GoalContext, ...]:
    goals = await session.scalars(
        select(GoalModel)
        .where(GoalModel.user_id == user_id, GoalModel.status == GoalStatus.ACTIVE)
        .order_by(GoalModel.created_at.desc(), GoalModel.id.desc())
        .limit(CONTEXT_GOALS)
    )
    return tuple(GoalContext(goal.id, goal.title, goal.why, goal.category) for goal in goals)


async def _open_missions(session: AsyncSession, user_id: UserId) -> tuple[str, ...]:
    titles = await session.scalars(
        select(MissionModel.title)
        .where(MissionModel.user_id == user_id, MissionModel.status.in_((MissionStatus.PENDING, MissionStatus.ACTIVE)))
        .order_by(MissionModel.created_at.desc(), MissionModel.id.desc())
        .limit(CONTEXT_MISSIONS)
    )
    return tuple(titles)
