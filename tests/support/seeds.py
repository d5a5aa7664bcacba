"""Rows that a test starts from."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from models.mission import MissionModel
from models.quest import QuestModel
from schemas.goals import ValueCategory
from schemas.ids import new_id
from schemas.missions import MissionStatus
from schemas.quests import EnergyLevel, QuestStatus
from services.user_service import ensure_user

Sessions = async_sessionmaker[AsyncSession]


async def seed_quest(sessions: Sessions, user_id: str, *, status: QuestStatus = QuestStatus.PROPOSED) -> UUID:
    async with sessions.begin() as session:
        await ensure_user(session, user_id)
        quest = QuestModel(
            user_id=user_id,
            title="Walk to the river",
            description="Take the long way and look at the water.",
            duration_minutes=20,
            energy_level=EnergyLevel.LOW,
            essence_reward=10,
            category=ValueCategory.HEALTH,
            rationale="You asked for something light.",
            model="offline",
            status=status,
            decided_at=None if status is QuestStatus.PROPOSED else datetime.now(UTC),
        )
        session.add(quest)
        await session.flush()
        return quest.id


async def seed_mission(sessions: Sessions, user_id: str, *, status: MissionStatus = MissionStatus.PENDING) -> UUID:
    quest_id = await seed_quest(sessions, user_id, status=QuestStatus.ACCEPTED)
    now = datetime.now(UTC)
    async with sessions.begin() as session:
        mission = MissionModel(
            id=new_id(),
            user_id=user_id,
            quest_id=quest_id,
            title="Walk to the river",
            description="Take the long way and look at the water.",
            duration_minutes=20,
            energy_level=EnergyLevel.LOW,
            essence_reward=10,
            category=ValueCategory.HEALTH,
            status=status,
            started_at=None if status is MissionStatus.PENDING else now,
        )
        session.add(mission)
        await session.flush()
        return mission.id
