"""A person who acts: each step is an event saved in a transaction of its own, as a settlement of one job would."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from models.mission import MissionModel
from schemas.events import Envelope, Event
from schemas.goals import ValueCategory
from schemas.ids import new_id
from schemas.missions import MissionAbandoned, MissionCompleted, MissionStarted
from schemas.progress import ProgressUpdated
from schemas.quests import EnergyLevel, QuestAccepted, QuestDeclined, QuestDraft, QuestGenerated, QuestRequested
from services import mission_lifecycle, mission_service, progress_service, quest_service, user_service
from services.quest_service import GeneratedQuests

Save = Callable[[AsyncSession, Envelope[Any], Any], Awaitable[Sequence[Event]]]


def draft(title: str | None = None, **changes: Any) -> QuestDraft:
    """A quest draft; its title is unique unless given."""
    fields: dict[str, Any] = {
        "title": title or f"Walk around the block {new_id()}",
        "description": "Leave the house and walk once around the block.",
        "duration_minutes": 20,
        "energy_level": EnergyLevel.LOW,
        "category": ValueCategory.HEALTH,
    }
    return QuestDraft(**(fields | changes))


def happened(data: Event, at: datetime | None = None) -> Envelope[Any]:
    """`data` as an event of the moment `at`."""
    return Envelope(id=new_id(), data=data, time=at or datetime.now(UTC))


class Person:
    def __init__(self, sessions: async_sessionmaker[AsyncSession], user_id: str | None = None) -> None:
        self.sessions = sessions
        self.user_id = user_id or f"person-{new_id()}"

    async def lives_in(self, time_zone: str) -> None:
        async with self.sessions.begin() as session:
            await user_service.set_time_zone(session, self.user_id, time_zone)

    async def is_offered(self, *drafts: QuestDraft, at: datetime | None = None) -> list[UUID]:
        """The quests' ids."""
        result = GeneratedQuests(quests=drafts or (draft(),), model="offline")
        (generated,) = await self._save(quest_service.save_quests, QuestRequested(user_id=self.user_id), at, result)
        assert isinstance(generated, QuestGenerated)
        return generated.quest_ids

    async def accepts(self, quest_id: UUID, *, at: datetime | None = None) -> UUID:
        """The id of the mission that it becomes."""
        accepted = QuestAccepted(user_id=self.user_id, quest_id=quest_id, mission_id=new_id())
        await self._save(mission_lifecycle.save_decision, accepted, at)
        return accepted.mission_id

    async def declines(self, quest_id: UUID) -> None:
        await self._save(mission_lifecycle.save_decision, QuestDeclined(user_id=self.user_id, quest_id=quest_id))

    async def plans(self, *drafts: QuestDraft) -> list[UUID]:
        """The ids of the pending missions of these drafts."""
        return [await self.accepts(quest_id) for quest_id in await self.is_offered(*drafts)]

    async def starts(self, mission_id: UUID, *, alongside: bool = False, at: datetime | None = None) -> Sequence[Event]:
        started = MissionStarted(user_id=self.user_id, mission_id=mission_id, alongside=alongside)
        return await self._save(mission_lifecycle.save_decision, started, at)

    async def completes(self, mission_id: UUID, *, reflection: str = "", at: datetime | None = None) -> ProgressUpdated:
        completed = MissionCompleted(user_id=self.user_id, mission_id=mission_id, reflection=reflection)
        # What it unlocked comes after it.
        progress, *_ = await self._save(progress_service.save_completion, completed, at)
        assert isinstance(progress, ProgressUpdated)
        return progress

    async def abandons(self, mission_id: UUID, *, reason: str = "", at: datetime | None = None) -> Sequence[Event]:
        abandoned = MissionAbandoned(user_id=self.user_id, mission_id=mission_id, reason=reason)
        return await self._save(mission_lifecycle.save_decision, abandoned, at)

    async def does_a_mission(
        self, *, at: datetime, minutes: int = 20, reflection: str = "", **changes: Any
    ) -> ProgressUpdated:
        """Plan a mission, start it `minutes` before `at`, and complete it at that moment."""
        (mission_id,) = await self.plans(draft(**changes))
        await self.starts(mission_id, alongside=True, at=at - timedelta(minutes=minutes))
        return await self.completes(mission_id, reflection=reflection, at=at)

    async def mission(self, mission_id: UUID) -> MissionModel:
        async with self.sessions() as session:
            return await mission_service.get_mission(session, self.user_id, mission_id)

    async def _save(self, save: Save, data: Event, at: datetime | None = None, result: Any = None) -> Sequence[Event]:
        async with self.sessions.begin() as session:
            return await save(session, happened(data, at), result)
