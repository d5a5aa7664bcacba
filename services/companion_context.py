"""What a character knows when they answer: the conversation so far, and what there is to know of the person.

Somebody waits for the first word, so it is read in two statements.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.companion_message import CompanionMessageModel
from models.user import DEFAULT_TIME_ZONE
from schemas.characters import Character
from schemas.companion import Author, ChatPolicy, CompanionMessaged, MessageStatus
from schemas.events import Envelope, UserId
from schemas.goals import GoalStatus, ValueCategory
from services.character_service import level_of
from services.quest_service import GoalContext
from services.quest_supply import OPEN_MISSIONS

CONTEXT_MESSAGES = 20
"""The newest messages of the conversation that a character is reminded of."""

CONTEXT_GOALS = 5
CONTEXT_MISSIONS = 5
"""The newest active goals, and open missions, that a character knows of."""

_READ_KNOWN = text("""
    SELECT
        coalesce((SELECT time_zone FROM users WHERE id = CAST(:user_id AS text)), :default_zone) AS time_zone,
        coalesce((
            SELECT points FROM character_relationships
            WHERE user_id = CAST(:user_id AS text) AND character = CAST(:character AS text)
        ), 0) AS points,
        (
            SELECT json_agg(json_build_object('id', id, 'title', title, 'why', why, 'category', category))
            FROM (
                SELECT id, title, why, category FROM goals
                WHERE user_id = CAST(:user_id AS text) AND status = :goal_status
                ORDER BY created_at DESC, id DESC LIMIT :goals
            ) AS newest
        ) AS goals,
        (
            SELECT json_agg(title)
            FROM (
                SELECT title FROM missions
                WHERE user_id = CAST(:user_id AS text) AND status = ANY(CAST(:mission_statuses AS text[]))
                ORDER BY created_at DESC, id DESC LIMIT :missions
            ) AS newest
        ) AS open_missions
""")


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
    known = (await session.execute(_READ_KNOWN, _known_parameters(user_id, character))).one()
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
        level=level_of(known.points),
        goals=tuple(
            GoalContext(UUID(goal["id"]), goal["title"], goal["why"], ValueCategory(goal["category"]))
            for goal in _list(known.goals)
        ),
        open_missions=tuple(_list(known.open_missions)),
        time_zone=known.time_zone,
    )


def _is_covered(message: CompanionMessageModel, policy: ChatPolicy) -> bool:
    """Whether an answer of this policy covers the earlier `message` too."""
    if message.status is MessageStatus.INTERRUPTED:
        return True
    # One that waits for its retry was to be stopped by the interrupting one all the same.
    return policy is ChatPolicy.INTERRUPT and message.status is MessageStatus.WAITING


def _known_parameters(user_id: UserId, character: Character) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "character": character.value,
        "default_zone": DEFAULT_TIME_ZONE,
        "goal_status": GoalStatus.ACTIVE.value,
        "goals": CONTEXT_GOALS,
        "mission_statuses": [status.value for status in OPEN_MISSIONS],
        "missions": CONTEXT_MISSIONS,
    }


def _list(found: Any) -> list[Any]:
    """What a JSON column of a textual statement holds: nothing, its text, or the list itself."""
    if found is None:
        return []
    items: list[Any] = orjson.loads(found) if isinstance(found, str) else found
    return items
