from typing import Any
from uuid import UUID

import pytest
from langchain_core.language_models import BaseChatModel

from agents.context import AgentContext
from agents.mission_agent import MAX_CHARACTERS, write_briefing
from infra.exceptions import JobRejected, ModelUnavailable
from infra.offline_model.model import OfflineChatModel
from infra.prompt_data import read_data_block
from schemas.events import Envelope
from schemas.goals import GoalCreate, ValueCategory
from schemas.ids import new_id
from schemas.missions import MissionStarted
from schemas.quests import EnergyLevel
from services import goal_service
from tests.support.person import Person, draft
from tests.support.scripted_model import TOKENS_OUT, ScriptedModel

GOOD = "Put your shoes on first. Then walk as slowly as you like."


@pytest.fixture
def person(sessions: Any) -> Person:
    return Person(sessions)


def context_of(person: Person, model: BaseChatModel) -> AgentContext:
    return AgentContext(person.sessions, model, job_type="mission-briefing", attempt=1, request_id=None)


def start_of(person: Person, mission_id: UUID) -> Envelope[MissionStarted]:
    return Envelope.mint(MissionStarted(user_id=person.user_id, mission_id=mission_id))


async def planned(person: Person, title: str = "Run farther", why: str = "For the view", **changes: Any) -> UUID:
    async with person.sessions.begin() as session:
        goal = await goal_service.create_goal(
            session, person.user_id, GoalCreate(title=title, why=why, category=ValueCategory.HEALTH)
        )
    (mission_id,) = await person.plans(draft("Walk to the river", goal_id=goal.id, **changes))
    return mission_id


async def brief(person: Person, mission_id: UUID, *answers: Any) -> str:
    result = await write_briefing(start_of(person, mission_id), context_of(person, ScriptedModel.saying(*answers)))
    return result.text


async def test_a_briefing_is_written_in_one_call_with_the_mission_and_its_goal(person: Person) -> None:
    model = ScriptedModel.saying(f"  {GOOD}\n\n")
    context = context_of(person, model)
    result = await write_briefing(start_of(person, await planned(person)), context)
    assert (result.text, result.model, model.calls) == (GOOD, "scripted", 1)
    assert context.usage.usage_metadata["scripted"]["output_tokens"] == TOKENS_OUT
    task, data = read_data_block(model.prompts[0][-1].text) or ("", {})
    assert task == "mission_briefing"
    assert (data["mission"]["title"], data["mission"]["duration_minutes"]) == ("Walk to the river", 20)
    assert data["goal"] == {"title": "Run farther", "why": "For the view", "quotable": True}
    assert person.user_id not in str(model.prompts)


async def test_a_mission_that_is_not_theirs_is_rejected_before_any_call(person: Person, sessions: Any) -> None:
    mission_id = await planned(person)
    for stranger, mission in ((Person(sessions), mission_id), (person, new_id())):
        with pytest.raises(JobRejected):
            await brief(stranger, mission)


async def test_sentences_beyond_the_fifth_are_cut(person: Person) -> None:
    text = await brief(person, await planned(person), "One, e.g. this. Two is 3.5 km! Three? “Four.” Five… Six. Seven.")
    assert text == "One, e.g. this. Two is 3.5 km! Three? “Four.” Five…"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Just go",
        "Long words. " + "a" * MAX_CHARACTERS,
        "You failed again. Do better.",
        "Look here. Visit www.evil.example",
    ],
)
async def test_a_briefing_that_breaks_the_rules_fails_the_attempt(person: Person, text: str) -> None:
    with pytest.raises(ModelUnavailable):
        await brief(person, await planned(person), text)


async def test_failures_of_the_model_leave_as_ours(person: Person) -> None:
    with pytest.raises(ModelUnavailable):
        await brief(person, await planned(person), TimeoutError())


@pytest.mark.parametrize("energy", EnergyLevel)
@pytest.mark.parametrize("category", ValueCategory)
async def test_offline_briefings_keep_the_rules_and_name_the_mission(
    sessions: Any, category: ValueCategory, energy: EnergyLevel
) -> None:
    goals = [
        ("Run farther", "For the view."),
        ("Stop being lazy", "I am pathetic"),
        ("Go! Now! Fast", "Because. Really."),
    ]
    for title, why in goals:
        person = Person(sessions)
        mission_id = await planned(person, title, why, category=category, energy_level=energy)
        result = await write_briefing(start_of(person, mission_id), context_of(person, OfflineChatModel()))
        assert "“Walk to the river”" in result.text
        assert "lazy" not in result.text
        assert "pathetic" not in result.text
        assert 80 < len(result.text) < 600
        assert result.model == "offline"


async def test_a_mission_without_a_goal_is_briefed_too(person: Person) -> None:
    (mission_id,) = await person.plans(draft("Walk to the river"))
    event, context = start_of(person, mission_id), context_of(person, OfflineChatModel())
    result = await write_briefing(event, context)
    assert "“Walk to the river”" in result.text
    assert await write_briefing(event, context) == result
