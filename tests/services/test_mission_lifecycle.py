"""Taking back a decision about a quest, and what becomes of a mission that was left behind."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from infra.exceptions import Conflict, JobRejected, JobSnoozed, NotFound
from schemas.missions import MAX_MISSION_DURATION, MissionAbandoned, MissionCheckDue, MissionOverdue, MissionStatus
from schemas.quests import QuestReopened, QuestStatus
from services import mission_lifecycle, mission_service, quest_service, user_service
from services.mission_lifecycle import ANSWER_WITHIN, LEFT_BEHIND, REOPEN_WITHIN
from tests.support.person import Person, happened


async def reopens(person: Person, quest_id: UUID, *, at: datetime | None = None) -> None:
    async with person.sessions.begin() as session:
        event = happened(QuestReopened(user_id=person.user_id, quest_id=quest_id), at)
        assert await mission_lifecycle.save_decision(session, event, None) == []


async def check(person: Person, quest_id: UUID, *, now: datetime | None = None) -> None:
    """Ask as the edge does."""
    async with person.sessions() as session:
        await mission_lifecycle.check_reopenable(session, person.user_id, quest_id, now=now)


async def status_of(person: Person, quest_id: UUID) -> QuestStatus:
    async with person.sessions() as session:
        return (await quest_service.get_quest(session, person.user_id, quest_id)).status


async def is_awake(person: Person, *, awake: bool = True) -> None:
    """Quiet hours that are never, or that now lies in."""
    now = datetime.now(UTC)
    async with person.sessions.begin() as session:
        user = await user_service.lock_user(session, person.user_id)
        user.quiet_from = (now - timedelta(hours=1)).time()
        user.quiet_until = user.quiet_from if awake else (now + timedelta(hours=1)).time()


async def owed(person: Person) -> list[Any]:
    """The looks that the outbox owes, with the seconds until they are due."""
    query = text(
        "SELECT topic, CAST(extract(epoch FROM available_at - now()) AS float8) AS seconds FROM outbox_events "
        "WHERE key = :key AND topic = :topic ORDER BY id"
    )
    async with person.sessions() as session:
        found = await session.execute(query, {"key": person.user_id.encode(), "topic": MissionCheckDue.type})
        return list(found.all())


async def looks(person: Person, mission_id: UUID, *, asked: bool = False) -> list[Any]:
    due = MissionCheckDue(user_id=person.user_id, mission_id=mission_id, asked=asked)
    async with person.sessions.begin() as session:
        return list(await mission_lifecycle.save_decision(session, happened(due), None))


class TestReopening:
    async def test_a_declined_quest_is_proposed_again(self, sessions) -> None:
        person = Person(sessions)
        (quest_id,) = await person.is_offered()
        await person.declines(quest_id)
        await check(person, quest_id)
        await reopens(person, quest_id)
        assert await status_of(person, quest_id) is QuestStatus.PROPOSED
        await person.accepts(quest_id)

    async def test_the_mission_of_an_accepted_quest_is_gone(self, sessions) -> None:
        person = Person(sessions)
        (quest_id,) = await person.is_offered()
        mission_id = await person.accepts(quest_id)
        await reopens(person, quest_id)
        with pytest.raises(NotFound):
            await person.mission(mission_id)
        second = await person.accepts(quest_id)
        assert (await person.mission(second)).status is MissionStatus.PENDING

    async def test_a_mission_on_its_way_stays(self, sessions) -> None:
        person = Person(sessions)
        (quest_id,) = await person.is_offered()
        mission_id = await person.accepts(quest_id)
        await person.starts(mission_id)
        with pytest.raises(Conflict, match="active already"):
            await check(person, quest_id)
        with pytest.raises(JobRejected, match="active already"):
            await reopens(person, quest_id)
        assert (await person.mission(mission_id)).status is MissionStatus.ACTIVE

    async def test_what_was_decided_long_ago_or_never_cannot_be_taken_back(self, sessions) -> None:
        person = Person(sessions)
        open_one, decided = await person.is_offered(), await person.is_offered()
        await person.declines(decided[0])
        later = datetime.now(UTC) + REOPEN_WITHIN + timedelta(minutes=1)
        with pytest.raises(Conflict, match="too long ago"):
            await check(person, decided[0], now=later)
        with pytest.raises(JobRejected, match="too long ago"):
            await reopens(person, decided[0], at=later)
        with pytest.raises(Conflict, match="nothing to take back"):
            await check(person, open_one[0])

    async def test_somebody_elses_quest_is_not_there(self, sessions) -> None:
        person, other = Person(sessions), Person(sessions)
        (quest_id,) = await person.is_offered()
        await person.declines(quest_id)
        with pytest.raises(NotFound):
            await check(other, quest_id)
        with pytest.raises(JobRejected):
            await reopens(other, quest_id)


class TestLeftBehind:
    async def active_mission(self, person: Person) -> UUID:
        (mission_id,) = await person.plans()
        await person.starts(mission_id)
        return mission_id

    async def test_a_start_owes_a_look(self, sessions) -> None:
        person = Person(sessions)
        mission_id = await self.active_mission(person)
        [look] = await owed(person)
        assert abs(look.seconds - MAX_MISSION_DURATION.total_seconds()) < 60
        async with sessions() as session:
            page = await mission_service.list_missions(session, person.user_id, status=None, limit=1, cursor=None)
        [mission] = page.items
        assert (mission.id, mission.overdue_at) == (mission_id, mission.started_at + MAX_MISSION_DURATION)
        assert mission.planned_end_at == mission.started_at + timedelta(minutes=mission.duration_minutes)

    async def test_it_is_asked_about_once_then_abandoned(self, sessions) -> None:
        person = Person(sessions)
        await is_awake(person)
        mission_id = await self.active_mission(person)
        [asked] = await looks(person, mission_id)
        assert isinstance(asked, MissionOverdue)
        assert asked.answer_by > datetime.now(UTC)
        _, second = await owed(person)
        assert abs(second.seconds - ANSWER_WITHIN.total_seconds()) < 60
        assert (await person.mission(mission_id)).status is MissionStatus.ACTIVE
        [given_up] = await looks(person, mission_id, asked=True)
        assert given_up == MissionAbandoned(user_id=person.user_id, mission_id=mission_id, reason=LEFT_BEHIND)

    async def test_who_sleeps_is_not_asked(self, sessions) -> None:
        person = Person(sessions)
        mission_id = await self.active_mission(person)
        await is_awake(person, awake=False)
        for asked in (False, True):
            with pytest.raises(JobSnoozed):
                await looks(person, mission_id, asked=asked)

    async def test_nothing_happens_to_a_mission_that_ended(self, sessions) -> None:
        person = Person(sessions)
        await is_awake(person)
        mission_id = await self.active_mission(person)
        await person.completes(mission_id)
        assert await looks(person, mission_id) == []
        assert await looks(person, mission_id, asked=True) == []
