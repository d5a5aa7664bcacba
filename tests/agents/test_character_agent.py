"""The character agent, with persons whose past is in the real database."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel

from agents.character_agent import MAX_CHARACTERS, MAX_MODEL_CALLS, reach_out
from agents.context import AgentContext
from infra.exceptions import JobSnoozed, ModelUnavailable
from infra.offline_model.model import OfflineChatModel
from models.user import UserModel
from schemas.characters import Character, CharacterInitiated, CharacterInitiationDue, InitiationReason
from schemas.companion import CompanionMessaged
from schemas.events import Envelope
from schemas.goals import GoalCreate, ValueCategory
from services import companion_service, goal_service, initiation_service
from services.initiation_service import Opening
from services.user_service import ensure_user
from tests.support.person import Person, happened
from tests.support.scripted_model import TOKENS_OUT, ScriptedModel

DAY = timedelta(days=1)
GOOD = "I have thought of you these days. Come by whenever you like."


@pytest.fixture
async def person(sessions: Any) -> Person:
    """Last heard of four days ago; without quiet hours."""
    person = Person(sessions)
    async with sessions.begin() as session:
        await ensure_user(session, person.user_id)
    await change(person, created_at=datetime.now(UTC) - 4 * DAY, quiet_from=time(0, 0), quiet_until=time(0, 0))
    return person


async def change(person: Person, **fields: Any) -> None:
    async with person.sessions.begin() as session:
        user = await session.get_one(UserModel, person.user_id)
        for name, value in fields.items():
            setattr(user, name, value)


def due(person: Person, day: date | None = None) -> Envelope[Any]:
    return happened(CharacterInitiationDue(user_id=person.user_id, day=day or datetime.now(UTC).date()))


def context_of(person: Person, model: BaseChatModel) -> AgentContext:
    return AgentContext(person.sessions, model, job_type="character-initiation", attempt=1, request_id=None)


async def opening_for(person: Person, *answers: Any, day: date | None = None) -> Opening | None:
    return await reach_out(due(person, day), context_of(person, ScriptedModel.saying(*answers)))


async def save(person: Person, opening: Opening | None) -> list[Any]:
    async with person.sessions.begin() as session:
        return list(await initiation_service.save_opening(session, due(person), opening))


async def test_a_silence_is_broken_in_one_call_with_the_reason(person: Person) -> None:
    model = ScriptedModel.saying(f" {GOOD}\n")
    context = context_of(person, model)
    opening = await reach_out(due(person), context)
    assert opening is not None
    assert (opening.text, opening.model, model.calls) == (GOOD, "scripted", MAX_MODEL_CALLS)
    assert (opening.initiation.character, opening.initiation.reason) == (Character.ELIZA, InitiationReason.SILENCE)
    assert context.usage.usage_metadata["scripted"]["output_tokens"] == TOKENS_OUT
    assert "You are Eliza" in model.prompts[0][0].text
    assert '"days":4' in model.prompts[0][1].text
    assert person.user_id not in str(model.prompts)
    (initiated,) = await save(person, opening)
    assert isinstance(initiated, CharacterInitiated)
    assert initiated.why == "Nothing was heard from you for 4 days."


async def test_one_opening_a_day_and_no_call_for_a_second(person: Person) -> None:
    first, late = await opening_for(person, GOOD), await opening_for(person, "I also wrote.")
    assert len(await save(person, first)) == 1
    assert await save(person, late) == []
    assert await opening_for(person) is None


async def test_quiet_hours_are_waited_for_without_a_call(person: Person) -> None:
    now = datetime.now(UTC)
    opening = await opening_for(person, GOOD)
    await change(person, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=(now + timedelta(hours=3)).time())
    with pytest.raises(JobSnoozed) as snoozed:
        await opening_for(person)
    assert timedelta(minutes=179) < snoozed.value.retry_after <= timedelta(hours=3)
    # They may begin while the model thinks.
    with pytest.raises(JobSnoozed):
        await save(person, opening)


async def test_quiet_hours_are_no_matter_to_whom_nobody_writes(person: Person) -> None:
    now = datetime.now(UTC)
    await change(
        person,
        created_at=now,
        quiet_from=(now - timedelta(hours=1)).time(),
        quiet_until=(now + timedelta(hours=3)).time(),
    )
    assert await opening_for(person) is None


async def test_about_a_day_long_past_nobody_writes(person: Person) -> None:
    today = datetime.now(UTC).date()
    assert await opening_for(person, day=today - 2 * DAY) is None
    assert await opening_for(person, day=today + 2 * DAY) is None
    assert await opening_for(person, GOOD, day=today - DAY) is not None


async def test_whoever_was_heard_of_is_not_silent(person: Person) -> None:
    message = happened(CompanionMessaged(user_id=person.user_id, message="Hello"), datetime.now(UTC) - DAY)
    async with person.sessions.begin() as session:
        await companion_service.keep_message(session, message, None)
    assert await opening_for(person) is None


async def test_a_milestone_is_told_by_who_cares_and_once(person: Person) -> None:
    now = datetime.now(UTC)
    for days in range(6, -1, -1):
        await person.does_a_mission(at=now - days * DAY, category=ValueCategory.CRAFT)
    opening = await opening_for(person, GOOD)
    assert opening is not None
    # Overall and craft alike: the overall one is the guide's.
    assert (opening.initiation.character, opening.initiation.days) == (Character.ELIZA, 7)
    assert opening.initiation.reason is InitiationReason.MILESTONE
    await save(person, opening)
    assert await opening_for(person) is None


async def test_a_neglected_category_is_that_of_an_active_goal(person: Person) -> None:
    now = datetime.now(UTC)
    async with person.sessions.begin() as session:
        goal = await goal_service.create_goal(
            session, person.user_id, GoalCreate(title="Carve a spoon", category=ValueCategory.CRAFT)
        )
        goal.created_at = now - 12 * DAY
    await person.does_a_mission(at=now - DAY, category=ValueCategory.HEALTH)
    model = ScriptedModel.saying(GOOD)
    opening = await reach_out(due(person), context_of(person, model))
    assert opening is not None
    assert (opening.initiation.character, opening.initiation.category) == (Character.LYRA, ValueCategory.CRAFT)
    assert "Carve a spoon" in model.prompts[0][1].text
    await person.does_a_mission(at=now, category=ValueCategory.CRAFT)
    assert await opening_for(person) is None


@pytest.mark.parametrize("text", ["", "You failed again.", "a" * (MAX_CHARACTERS + 1), TimeoutError()])
async def test_a_text_that_breaks_the_rules_fails_the_attempt(person: Person, text: Any) -> None:
    with pytest.raises(ModelUnavailable):
        await opening_for(person, text)


async def test_offline_openings_keep_the_rules(person: Person) -> None:
    opening = await reach_out(due(person), context_of(person, OfflineChatModel()))
    assert opening is not None
    assert re.search(r"\b4\b.*\bdays\b", opening.text)
    assert "{" not in opening.text
    assert opening.model == "offline"
