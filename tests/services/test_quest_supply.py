from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from langchain_core.language_models import FakeListChatModel
from sqlalchemy import select, update

from agents.context import AgentContext
from agents.quest_agent import generate_quests
from models.outbox_event import OutboxEventModel
from models.quest import QuestModel
from models.schedule_mark import ScheduleMarkModel
from schemas.catalogue import EVENTS_BY_TYPE
from schemas.cloudevents import decode
from schemas.events import Envelope
from schemas.goals import GoalCreate, ValueCategory
from schemas.ids import derived_id
from schemas.quests import QuestRequested
from services import goal_service, quest_service
from services.local_time import local_day
from services.quest_supply import ENOUGH_MISSIONS, LOW_SUPPLY, PROPOSAL_LIFETIME, is_enough
from tests.support.person import Person, draft, happened

DAY = timedelta(days=1)


@pytest.fixture
async def person(sessions: Any) -> Person:
    person = Person(sessions)
    async with sessions.begin() as session:
        goal = GoalCreate(title="Run farther", category=ValueCategory.HEALTH)
        await goal_service.create_goal(session, person.user_id, goal)
    return person


async def asked_for(person: Person) -> list[Envelope[Any]]:
    async with person.sessions() as session:
        rows = await session.scalars(
            select(OutboxEventModel)
            .where(OutboxEventModel.topic == QuestRequested.type, OutboxEventModel.key == person.user_id.encode())
            .order_by(OutboxEventModel.id)
        )
        return [
            decode(
                row.value,
                [(name, text.encode()) for name, text in row.headers.items()],
                EVENTS_BY_TYPE,
            )
            for row in rows
        ]


async def test_the_last_decision_on_a_proposal_asks_for_more(person) -> None:
    first, second = await person.is_offered(draft(), draft())
    await person.accepts(first)
    assert await asked_for(person) == []
    await person.declines(second)
    (asked,) = await asked_for(person)
    assert asked.data.reason == "low_supply"
    today = local_day(datetime.now(UTC), "UTC")
    assert asked.id == derived_id("low-supply", person.user_id, today.isoformat())
    assert asked.causation_id is not None


async def test_enough_open_missions_ask_for_nothing_until_one_is_gone(person) -> None:
    missions = []
    quests = await person.is_offered(*(draft() for _ in range(ENOUGH_MISSIONS)))
    missions = [await person.accepts(quest) for quest in quests]
    assert await asked_for(person) == []
    await person.abandons(missions[0])
    assert len(await asked_for(person)) == 1


async def test_a_completed_mission_lowers_the_supply(person) -> None:
    quests = await person.is_offered(*(draft() for _ in range(ENOUGH_MISSIONS)))
    missions = [await person.accepts(quest) for quest in quests]
    await person.starts(missions[0])
    assert await asked_for(person) == []
    await person.completes(missions[0])
    assert len(await asked_for(person)) == 1


async def test_it_is_asked_once_a_day(person) -> None:
    for _ in range(3):
        await person.abandons((await person.plans())[0])
    assert len(await asked_for(person)) == 1
    async with person.sessions.begin() as session:
        mark = update(ScheduleMarkModel).where(
            ScheduleMarkModel.user_id == person.user_id, ScheduleMarkModel.kind == LOW_SUPPLY
        )
        await session.execute(mark.values(period=ScheduleMarkModel.period - 1))
    await person.abandons((await person.plans())[0])
    assert len(await asked_for(person)) == 2


async def test_the_day_is_the_persons_own(person) -> None:
    await person.lives_in("Pacific/Kiritimati")
    await person.plans()
    (asked,) = await asked_for(person)
    today = local_day(datetime.now(UTC), "Pacific/Kiritimati")
    assert asked.id == derived_id("low-supply", person.user_id, today.isoformat())


async def test_nothing_is_asked_without_a_goal(sessions) -> None:
    person = Person(sessions)
    await person.plans()
    assert await asked_for(person) == []


async def test_a_proposal_that_nobody_answered_does_not_hold_up_the_supply_for_ever(person) -> None:
    mission, *_ = await person.plans()
    (stale,) = await person.is_offered()
    async with person.sessions.begin() as session:
        old = update(QuestModel).where(QuestModel.id == stale)
        await session.execute(old.values(created_at=datetime.now(UTC) - PROPOSAL_LIFETIME - DAY))
        known = await quest_service.gather_context(session, person.user_id)
    assert known.proposed == ()
    await person.abandons(mission)
    assert len(await asked_for(person)) == 1


@pytest.mark.parametrize(
    ("reason", "missions", "proposals", "enough"),
    [
        ("requested", 50, 50, False),
        ("nightly", 3, 1, False),
        ("nightly", 3, 2, True),
        ("low_supply", 4, 0, False),
        ("low_supply", 5, 0, True),
        ("low_supply", 0, 1, True),
    ],
)
def test_what_is_enough(reason: str, missions: int, proposals: int, *, enough: bool) -> None:
    assert is_enough(reason, missions=missions, proposals=proposals) is enough


@pytest.mark.parametrize("reason", ["nightly", "low_supply"])
async def test_what_is_not_needed_is_done_without_the_model(person, reason: str) -> None:
    await person.plans(*(draft() for _ in range(ENOUGH_MISSIONS)))
    event: Envelope[QuestRequested] = happened(QuestRequested(user_id=person.user_id, reason=reason))
    # Asked for anything, this model fails.
    context = AgentContext(
        person.sessions, FakeListChatModel(responses=[]), job_type="quest-generation", attempt=1, request_id=None
    )
    result = await generate_quests(event, context)
    assert result.quests == ()
    async with person.sessions.begin() as session:
        assert await quest_service.save_quests(session, event, result) == []
        page = await quest_service.list_quests(session, person.user_id, status=None, limit=100, cursor=None)
    assert len(page.items) == ENOUGH_MISSIONS
    assert all(isinstance(quest.id, UUID) for quest in page.items)
