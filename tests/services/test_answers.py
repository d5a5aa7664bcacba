"""The response rate: nudges and characters who wrote first, and which of them were answered."""

from datetime import UTC, datetime, timedelta

from models.companion_message import CompanionMessageModel
from schemas.characters import Character, InitiationReason
from schemas.companion import Author, MessageStatus
from schemas.ids import new_id
from services import progress_history, progress_service
from services.answers import ANSWERED_WITHIN
from services.user_service import ensure_user
from tests.support.person import Person

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def is_written_to(person: Person, character: Character, *, at: datetime) -> None:
    await _say(
        person,
        character,
        at,
        Author.CHARACTER,
        initiated_on=at.date(),
        reason=InitiationReason.SILENCE,
        model="offline",
    )


async def writes(person: Person, character: Character, *, at: datetime) -> None:
    await _say(person, character, at, Author.PERSON)


async def _say(person: Person, character: Character, at: datetime, author: Author, **fields: object) -> None:
    async with person.sessions.begin() as session:
        await ensure_user(session, person.user_id)
        session.add(
            CompanionMessageModel(
                id=new_id(),
                user_id=person.user_id,
                character=character,
                author=author,
                text="Hello.",
                status=MessageStatus.COMPLETE if author is Author.CHARACTER else MessageStatus.ANSWERED,
                created_at=at,
                **fields,
            )
        )


async def response(person: Person) -> float:
    async with person.sessions() as session:
        progress = await progress_service.read_progress(session, person.user_id, now=NOW)
        history = await progress_history.read_dci_history(session, person.user_id, window_days=30, now=NOW)
    assert history.days[-1].breakdown == progress.dci.breakdown
    return progress.dci.breakdown.response


async def test_a_character_who_wrote_first_is_to_be_answered(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOW)
    await is_written_to(person, Character.THORNE, at=NOW - 48 * HOUR)
    assert await response(person) == 0.0
    await writes(person, Character.THORNE, at=NOW - 47 * HOUR)
    assert await response(person) == 1.0
    await is_written_to(person, Character.THORNE, at=NOW - HOUR)
    assert await response(person) == 0.5


async def test_only_an_answer_to_that_character_in_time_counts(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOW)
    sent = NOW - ANSWERED_WITHIN - 5 * HOUR
    await is_written_to(person, Character.THORNE, at=sent)
    await writes(person, Character.THORNE, at=sent - HOUR)
    await writes(person, Character.LYRA, at=sent + HOUR)
    await writes(person, Character.THORNE, at=sent + ANSWERED_WITHIN + HOUR)
    assert await response(person) == 0.0
