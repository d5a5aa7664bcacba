"""A system with quest generation alone, whose chat model a test scripts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from consumers.quest_generation import quest_generation
from infra.settings import Settings
from schemas.events import Envelope, Event
from schemas.goals import GoalCreate, ValueCategory
from schemas.quests import EnergyLevel, QuestGenerated, QuestRequested
from services import goal_service
from tests.support.system import System


@asynccontextmanager
async def quest_system(settings: Settings) -> AsyncIterator[System]:
    system = System(settings, [quest_generation], events=[QuestGenerated])
    await system.start()
    yield system
    await system.stop()


async def asks_for_quests(system: System, user_id: str) -> Envelope[Event]:
    """The event of a person with one goal, about health."""
    async with system.sessions.begin() as session:
        await goal_service.create_goal(session, user_id, GoalCreate(title="Run farther", category=ValueCategory.HEALTH))
    return await system.publish(QuestRequested(user_id=user_id, energy_level=EnergyLevel.LOW))
