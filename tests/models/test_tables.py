from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from models.essence_entry import EssenceEntryModel
from models.goal import GoalModel
from models.mission import MissionModel
from models.quest import QuestModel
from models.streak import StreakModel
from models.user import UserModel
from schemas.goals import GoalCreate, ValueCategory
from services import goal_service
from tests.support.person import Person, draft

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def test_what_belongs_to_a_person_goes_with_them_and_nothing_else(sessions) -> None:
    leaving, staying = Person(sessions), Person(sessions)
    for person in (leaving, staying):
        async with sessions.begin() as session:
            goal = await goal_service.create_goal(
                session, person.user_id, GoalCreate(title="Draw", category=ValueCategory.CRAFT)
            )
        await person.plans(draft(goal_id=goal.id))
        await person.does_a_mission(at=NOON)
    async with sessions.begin() as session:
        await session.execute(delete(UserModel).where(UserModel.id == leaving.user_id))
    async with sessions() as session:
        for model in (GoalModel, QuestModel, MissionModel, EssenceEntryModel, StreakModel):
            owners = set(await session.scalars(select(model.user_id)))
            assert leaving.user_id not in owners
            assert staying.user_id in owners


async def test_the_ledger_takes_one_entry_per_mission_and_reason(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON)
    async with sessions() as session:
        entry = await session.scalar(select(EssenceEntryModel).where(EssenceEntryModel.user_id == person.user_id))
        again = EssenceEntryModel(
            user_id=person.user_id, mission_id=entry.mission_id, amount=entry.amount, reason=entry.reason
        )
        session.add(again)
        with pytest.raises(IntegrityError, match="uq_essence_entries_mission_id_reason"):
            await session.flush()


async def test_a_person_has_one_overall_streak(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON)
    async with sessions() as session:
        session.add(StreakModel(user_id=person.user_id, category=None, days=1, best_days=1, last_day=NOON.date()))
        with pytest.raises(IntegrityError, match="uq_streaks_user_id_category"):
            await session.flush()
