"""Briefings: what the mission agent needs to know of a mission that starts, and the text that is kept of its answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import JobRejected
from models.goal import GoalModel
from models.mission import MissionModel
from models.quest import QuestModel
from schemas.events import Envelope, Event, UserId
from schemas.goals import ValueCategory
from schemas.missions import MissionBriefed, MissionStarted
from schemas.quests import EnergyLevel
from services.mission_service import own_mission
from services.quest_supply import OPEN_MISSIONS
from services.user_service import lock_user, read_time_zone


@dataclass(frozen=True, slots=True)
class BriefingContext:
    """What the mission agent knows of a mission. Goal and its why are None where the quest served none."""

    title: str
    description: str
    duration_minutes: int
    energy_level: EnergyLevel
    category: ValueCategory
    rationale: str
    goal_title: str | None
    goal_why: str | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class WrittenBriefing:
    """The mission agent's answer, and the chat model that gave it."""

    text: str
    model: str


async def briefing_context(session: AsyncSession, user_id: UserId, mission_id: UUID) -> BriefingContext:
    """What the mission agent needs to brief the person. Raises `JobRejected` when there is no such open mission."""
    # The start itself is another group's job, which may come later: a pending mission is briefed too.
    found = await session.execute(
        select(MissionModel, QuestModel.rationale, GoalModel.title, GoalModel.why)
        .join(QuestModel, QuestModel.id == MissionModel.quest_id)
        .outerjoin(GoalModel, GoalModel.id == QuestModel.goal_id)
        .where(
            MissionModel.id == mission_id,
            MissionModel.user_id == user_id,
            MissionModel.status.in_(OPEN_MISSIONS),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise JobRejected("No such open mission.")
    mission, rationale, goal_title, goal_why = row
    return BriefingContext(
        title=mission.title,
        description=mission.description,
        duration_minutes=mission.duration_minutes,
        energy_level=mission.energy_level,
        category=mission.category,
        rationale=rationale,
        goal_title=goal_title,
        goal_why=goal_why,
        time_zone=await read_time_zone(session, user_id),
    )


async def save_briefing(
    session: AsyncSession, event: Envelope[MissionStarted], result: WrittenBriefing
) -> Sequence[Event]:
    """Keep the text and leave the status, which another group decides. Raises `JobRejected` unless it is theirs."""
    await lock_user(session, event.user_id)
    mission = await own_mission(session, event.user_id, event.data.mission_id)
    mission.briefing = result.text
    mission.briefing_model = result.model
    return [
        MissionBriefed(user_id=event.user_id, mission_id=mission.id, briefing=result.text, model=result.model),
    ]
