"""Every agent with a real language model: small, slow and no follower of instructions, so that nothing is as scripted.

What holds for any model is asserted: answers stream and have the form asked for, tokens are counted, failures are of our
tree, and what an agent returns keeps the rules. Whether the model's words are any good is not: refusing them is right.
"""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis

from agents.character_agent import reach_out
from agents.companion_agent import MAX_CHARACTERS, answer_message
from agents.context import AgentContext, TokenUsage
from agents.memory_agent import consolidate_memories
from agents.mission_agent import write_briefing
from agents.nudge_agent import plan_nudges
from agents.nudge_rules import find_guilt
from agents.prompt import prompt_messages
from agents.quest_agent import TASK, generate_quests
from agents.quest_form import quest_form
from agents.quest_rules import ProposedQuests
from agents.unsafe_wording import find_unsafe
from infra.answer_stream import AnswerStreams
from infra.chat_model import create_chat_model, structured
from infra.checkpoints import Checkpoints
from infra.exceptions import ModelUnavailable
from infra.frame_publisher import COMPANION, FramePublisher, stream_key
from infra.local.llm_server import LONGEST_ANSWER, MODEL
from infra.model_errors import model_errors
from infra.settings import Settings
from models.user import UserModel
from schemas.characters import CharacterInitiationDue
from schemas.companion import CompanionMessaged
from schemas.events import Envelope, Event
from schemas.goals import GoalCreate, ValueCategory
from schemas.memories import MAX_MEMORY_CHARACTERS, MemoryConsolidationDue
from schemas.missions import MissionStarted
from schemas.nudges import MAX_NUDGE_CHARACTERS, NudgeSchedulingDue
from schemas.quests import QuestRequested
from services import goal_service
from services.quest_service import gather_context
from tests.support.command import REPOSITORY
from tests.support.memories import fact, remember
from tests.support.nudges import opt_in
from tests.support.person import Person, draft

pytest.importorskip("xllamacpp", reason="`make llm` installs the local model")
pytestmark = pytest.mark.llm

log = structlog.get_logger(__name__)

# As often as a consumer's policy would try.
ATTEMPTS = 3


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    command = [sys.executable, "-m", "infra.local.llm_server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def settings(settings: Settings, server_url: str) -> Settings:
    return settings.model_copy(
        update={
            "chat_model": f"openai:{MODEL}",
            "chat_model_base_url": server_url,
            "chat_model_structured_output": "json_schema",
            "chat_model_timeout": timedelta(minutes=5),
        }
    )


@pytest.fixture
async def person(sessions: Any) -> Person:
    person = Person(sessions)
    async with sessions.begin() as session:
        goal = GoalCreate(title="Run a half marathon in spring", why="For the view", category=ValueCategory.HEALTH)
        await goal_service.create_goal(session, person.user_id, goal)
    return person


@pytest.fixture
async def make_context(settings: Settings, sessions: Any, redis: Redis) -> AsyncIterator[Callable[..., AgentContext]]:
    checkpoints = Checkpoints(settings)
    await checkpoints.open()

    def make(job_type: str, delivery: int) -> AgentContext:
        return AgentContext(
            sessions,
            create_chat_model(settings),
            job_type,
            delivery,
            request_id=None,
            streams=AnswerStreams(redis, FramePublisher(redis, keep=500)),
            delivery=delivery,
            checkpoints=checkpoints,
        )

    yield make
    await checkpoints.close()


Make = Callable[..., AgentContext]


async def attempt(agent: Callable[..., Awaitable[Any]], event: Envelope[Event], make: Make) -> Any:
    """What the agent returns, at the first attempt whose answer keeps the rules; None when none of them does."""
    for delivery in range(1, ATTEMPTS + 1):
        context = make(agent.__name__, delivery)
        try:
            result = await agent(event, context)
        except ModelUnavailable as error:
            log.info("agent.refused", agent=agent.__name__, delivery=delivery, why=error.message)
            if "in time" not in error.message:
                assert context.usage.usage_metadata[MODEL]["output_tokens"] > 0
            continue
        log.info("agent.answered", agent=agent.__name__, delivery=delivery, result=result)
        assert context.usage.usage_metadata[MODEL]["output_tokens"] > 0
        return result
    return None


async def test_an_answer_streams_and_its_tokens_are_counted(settings: Settings) -> None:
    usage = TokenUsage()
    chunks = [
        chunk.text
        async for chunk in create_chat_model(settings).astream(
            "Once upon a time", config={"callbacks": [usage]}, max_tokens=40
        )
    ]
    assert len([chunk for chunk in chunks if chunk]) > 1
    counted = usage.usage_metadata[MODEL]
    assert counted["input_tokens"] > 0
    assert 0 < counted["output_tokens"] <= 40


async def test_quests_come_in_the_form_asked_for(person: Person, settings: Settings) -> None:
    async with person.sessions() as session:
        goals = (await gather_context(session, person.user_id)).goals
    form = quest_form(3, {"g1": goals[0]})
    with model_errors():
        answer = await structured(create_chat_model(settings), form).ainvoke(
            prompt_messages("quest_draft", task=TASK, data={"goals": [{"ref": "g1", "title": goals[0].title}]})
        )
    quests = ProposedQuests.model_validate(answer).quests
    assert len(quests) == 3
    assert {(quest.goal, quest.category) for quest in quests} == {("g1", ValueCategory.HEALTH)}
    assert all(10 <= quest.duration_minutes <= 60 for quest in quests)


async def test_the_quest_agent(person: Person, make_context: Make) -> None:
    result = await attempt(generate_quests, Envelope.mint(QuestRequested(user_id=person.user_id)), make_context)
    if result is not None:
        assert len(result.quests) == 3
        assert not [quest for quest in result.quests if find_unsafe(f"{quest.title} {quest.description}")]
        assert result.model == MODEL


async def test_the_mission_agent(person: Person, make_context: Make) -> None:
    (mission_id,) = await person.plans(draft("Jog to the park"))
    event = Envelope.mint(MissionStarted(user_id=person.user_id, mission_id=mission_id))
    result = await attempt(write_briefing, event, make_context)
    if result is not None:
        assert 0 < len(result.text) <= 1200
        assert find_unsafe(result.text) is None


async def test_the_companion_agent(person: Person, make_context: Make, redis: Redis) -> None:
    event = Envelope.mint(
        CompanionMessaged(user_id=person.user_id, message="I walked to the river today, and it was good.")
    )
    result = await attempt(answer_message, event, make_context)
    frames = await redis.xrange(stream_key(person.user_id, COMPANION))
    shown = [json.loads(fields[b"data"]) for _, fields in frames]
    if result is not None:
        assert 0 < len(result.text) <= MAX_CHARACTERS
        assert len(shown) > 1


async def test_the_character_agent(sessions: Any, make_context: Make) -> None:
    person = Person(sessions)
    silent_since = datetime.now(UTC) - timedelta(days=4)
    async with sessions.begin() as session:
        session.add(UserModel(id=person.user_id, created_at=silent_since, quiet_from=time(0), quiet_until=time(0)))
    event = Envelope.mint(CharacterInitiationDue(user_id=person.user_id, day=datetime.now(UTC).date()))
    result = await attempt(reach_out, event, make_context)
    if result is not None:
        assert find_unsafe(result.text) is None


async def test_the_nudge_agent(person: Person, make_context: Make) -> None:
    await opt_in(person.sessions, person.user_id)
    day = datetime.now(UTC).date() + timedelta(days=2)
    event = Envelope.mint(NudgeSchedulingDue(user_id=person.user_id, day=day))
    result = await attempt(plan_nudges, event, make_context)
    if result is not None:
        assert all(len(nudge.text) <= MAX_NUDGE_CHARACTERS and not find_guilt(nudge.text) for nudge in result.nudges)


async def test_the_memory_agent(person: Person, make_context: Make) -> None:
    for said in ("Marathon training hurts", "Marathon training is on Tuesdays", "Marathon training with Jo"):
        await remember(person.sessions, person.user_id, fact(said))
    event = Envelope.mint(MemoryConsolidationDue(user_id=person.user_id))
    result = await attempt(consolidate_memories, event, make_context)
    assert result is not None, "a summary that breaks the rules is left out, and fails nothing"
    assert all(len(summary.text) <= MAX_MEMORY_CHARACTERS for summary in result.summaries)


async def test_a_model_that_is_too_slow_is_given_up(settings: Settings) -> None:
    hasty = create_chat_model(settings.model_copy(update={"chat_model_timeout": timedelta(seconds=0.05)}))
    with pytest.raises(ModelUnavailable, match="in time"), model_errors():
        await hasty.ainvoke("Tell a very long story.")


async def test_a_prompt_that_is_too_long_is_no_failure_of_the_infrastructure(settings: Settings) -> None:
    from infra.exceptions import JobInvalid

    with pytest.raises(JobInvalid), model_errors():
        await create_chat_model(settings).ainvoke("word " * 20_000)


async def test_an_endless_answer_is_cut_off(settings: Settings) -> None:
    usage = TokenUsage()
    await create_chat_model(settings).ainvoke("1 2 3 4 5 6 7 8 9 10 11 12 13", config={"callbacks": [usage]})
    assert usage.usage_metadata[MODEL]["output_tokens"] <= LONGEST_ANSWER
