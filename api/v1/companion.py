"""The companion: write to a character, read the conversation, see who is there. Answers stream over SSE."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Action, Cursor, Limit, Person, Session, TheEdge
from api.responses import ACCEPTED, PERSON_ERRORS
from infra.answer_stream import Question, interrupt_answers
from schemas.characters import Character, CharacterRead
from schemas.companion import (
    ChatPolicy,
    CompanionAccepted,
    CompanionChat,
    CompanionMessaged,
    CompanionMessageRead,
    answer_id,
)
from schemas.pages import Page
from services import character_service, companion_service

router = APIRouter(prefix="/api/v1/companion", tags=["companion"], responses=PERSON_ERRORS)


@router.post("/chat", status_code=202, summary="Write to a character; the answer streams", responses=ACCEPTED)
async def chat(chat: CompanionChat, person: Person, edge: TheEdge, action: Action) -> CompanionAccepted:
    """The answer arrives on `/api/v1/sse/companion/stream` as `token` frames and one `complete` frame, which all name the
    `message_id` given here. `attempt_restarted` means that the answer begins anew: drop what was shown of it.
    `interrupted` ends an answer that a newer message has stopped.
    """
    # Before the event's own time: it stops what is older, and never what comes after it.
    question = Question(action.event_id, datetime.now(UTC), person.user_id, chat.character)
    accepted = await action.accept(CompanionMessaged(user_id=person.user_id, **vars(chat)))
    if chat.policy is ChatPolicy.INTERRUPT and not (action.is_repeated and await _is_kept(edge, question)):
        # Kafka holds the message: what would cover the stopped answer is sure to come.
        await interrupt_answers(edge.redis, question)
    return CompanionAccepted(**accepted.model_dump(), message_id=answer_id(action.event_id))


@router.get("/messages", summary="List what was said, newest first")
async def list_messages(
    person: Person,
    session: Session,
    character: Annotated[Character | None, Query(description="Only the conversation with this character.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[CompanionMessageRead]:
    """A message is here as soon as a worker has seen it, within moments of its acceptance, and waits for its answer."""
    return await companion_service.list_messages(
        session, person.user_id, character=character, limit=limit, cursor=cursor
    )


@router.get("/characters", summary="Who is there, where, and how well you know each other")
async def list_characters(person: Person, session: Session) -> list[CharacterRead]:
    return await character_service.list_characters(session, person.user_id, now=datetime.now(UTC))


async def _is_kept(edge: TheEdge, question: Question) -> bool:
    """Whether the message of a repeated request went its way before: what runs now may be newer."""
    async with edge.sessions() as session:
        return await companion_service.is_kept(session, question.user_id, question.event_id)
