import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from infra.exceptions import Conflict, JobRejected, NotFound
from schemas.goals import GoalCreate, ValueCategory
from schemas.ids import new_id
from schemas.missions import (
    MAX_MISSION_DURATION,
    MissionAbandoned,
    MissionBriefed,
    MissionPlanned,
    MissionStarted,
    MissionStatus,
    TriadReason,
)
from schemas.quests import QuestAccepted, QuestStatus
from services import goal_service, mission_briefing, mission_lifecycle, mission_service, quest_service
from services.mission_briefing import WrittenBriefing
from tests.support.person import Person, draft, happened

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BRIEFING = WrittenBriefing(text="Put on your shoes.", model="offline")


async def test_an_accepted_quest_becomes_a_pending_mission(sessions) -> None:
    person = Person(sessions)
    (quest_id,) = await person.is_offered(draft("Walk to the river", duration_minutes=40))
    accepted = QuestAccepted(user_id=person.user_id, quest_id=quest_id, mission_id=new_id())
    async with sessions.begin() as session:
        events = await mission_lifecycle.save_decision(session, happened(accepted), None)
    assert events == [MissionPlanned(user_id=person.user_id, mission_id=accepted.mission_id, quest_id=quest_id)]
    mission = await person.mission(accepted.mission_id)
    assert (mission.title, mission.duration_minutes, mission.status) == ("Walk to the river", 40, MissionStatus.PENDING)
    async with sessions() as session:
        quest = await quest_service.get_quest(session, person.user_id, quest_id)
    assert (quest.status, quest.essence_reward) == (QuestStatus.ACCEPTED, mission.essence_reward)


async def test_a_quest_becomes_one_mission_however_often_it_is_accepted_at_once(sessions) -> None:
    person = Person(sessions)
    (quest_id,) = await person.is_offered()
    outcomes = await asyncio.gather(*(person.accepts(quest_id) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, JobRejected) for outcome in outcomes) == 3
    async with sessions() as session:
        page = await mission_service.list_missions(session, person.user_id, status=None, limit=10, cursor=None)
    assert len(page.items) == 1


async def test_a_declined_quest_stays_declined(sessions) -> None:
    person = Person(sessions)
    (quest_id,) = await person.is_offered()
    await person.declines(quest_id)
    with pytest.raises(JobRejected, match="declined already"):
        await person.accepts(quest_id)


async def test_a_taken_mission_id_is_refused_without_a_trace(sessions) -> None:
    owner, other = Person(sessions), Person(sessions)
    (mission_id,) = await owner.plans()
    (quest_id,) = await other.is_offered()
    stolen = QuestAccepted(user_id=other.user_id, quest_id=quest_id, mission_id=mission_id)
    with pytest.raises(JobRejected):
        async with sessions.begin() as session:
            await mission_lifecycle.save_decision(session, happened(stolen), None)
    async with sessions() as session:
        await quest_service.check_acceptable(session, other.user_id, quest_id)
    assert (await owner.mission(mission_id)).user_id == owner.user_id


async def test_one_mission_is_active_at_a_time_unless_alongside(sessions) -> None:
    person = Person(sessions)
    first, second = await person.plans(draft("First steps"), draft())
    await person.starts(first, at=NOW)
    async with sessions() as session:
        with pytest.raises(Conflict, match="First steps"):
            await mission_service.check_startable(session, person.user_id, second, alongside=False, now=NOW)
        await mission_service.check_startable(session, person.user_id, second, alongside=True, now=NOW)
    with pytest.raises(JobRejected, match="First steps"):
        await person.starts(second, at=NOW)
    assert (await person.mission(second)).status is MissionStatus.PENDING
    await person.starts(second, alongside=True, at=NOW)
    started = await person.mission(second)
    assert (started.status, started.started_at) == (MissionStatus.ACTIVE, NOW)


async def test_of_missions_started_at_once_one_wins(sessions) -> None:
    person = Person(sessions)
    missions = await person.plans(draft(), draft(), draft())
    outcomes = await asyncio.gather(*map(person.starts, missions), return_exceptions=True)
    assert sum(isinstance(outcome, JobRejected) for outcome in outcomes) == 2
    statuses = [(await person.mission(mission_id)).status for mission_id in missions]
    assert statuses.count(MissionStatus.ACTIVE) == 1


async def test_a_mission_left_behind_gives_way_and_is_abandoned_by_an_event(sessions) -> None:
    person = Person(sessions)
    left, wanted = await person.plans(draft(), draft())
    await person.starts(left, at=NOW)
    later = NOW + MAX_MISSION_DURATION + timedelta(seconds=1)
    async with sessions() as session:
        await mission_service.check_startable(session, person.user_id, wanted, alongside=False, now=later)
    (follow_up,) = await person.starts(wanted, at=later)
    assert isinstance(follow_up, MissionAbandoned)
    assert follow_up.mission_id == left
    await person.abandons(left, reason=follow_up.reason, at=later)
    assert (await person.mission(left)).status is MissionStatus.ABANDONED


async def test_a_mission_starts_once(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans()
    await person.starts(mission_id)
    with pytest.raises(JobRejected, match="active already"):
        await person.starts(mission_id)


async def test_abandoning_ends_a_mission_on_the_persons_own_day(sessions) -> None:
    person = Person(sessions)
    await person.lives_in("Pacific/Auckland")
    (mission_id,) = await person.plans()
    assert await person.abandons(mission_id, reason="Rain", at=NOW) == []
    mission = await person.mission(mission_id)
    assert (mission.status, mission.abandon_reason) == (MissionStatus.ABANDONED, "Rain")
    assert (mission.ended_at, mission.ended_on) == (NOW, datetime(2026, 3, 3, tzinfo=UTC).date())
    async with sessions() as session:
        with pytest.raises(Conflict, match="abandoned already"):
            await mission_service.check_abandonable(session, person.user_id, mission_id)
        with pytest.raises(Conflict, match="abandoned already"):
            await mission_service.check_startable(session, person.user_id, mission_id, alongside=True)
    with pytest.raises(JobRejected, match="abandoned already"):
        await person.abandons(mission_id)


async def test_only_an_active_mission_is_completable(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans()
    async with sessions() as session:
        with pytest.raises(Conflict, match="not started"):
            await mission_service.check_completable(session, person.user_id, mission_id)
    await person.starts(mission_id)
    async with sessions() as session:
        await mission_service.check_completable(session, person.user_id, mission_id)
    await person.completes(mission_id)
    async with sessions() as session:
        with pytest.raises(Conflict, match="completed already"):
            await mission_service.check_completable(session, person.user_id, mission_id)


async def test_another_persons_mission_is_not_found_and_events_about_it_are_rejected(sessions) -> None:
    owner, other = Person(sessions), Person(sessions)
    (mission_id,) = await owner.plans(draft("Owner's secret"))
    (quest_id,) = await owner.is_offered(draft("Owner's wish"))
    async with sessions() as session:
        with pytest.raises(NotFound):
            await mission_service.get_mission(session, other.user_id, mission_id)
        with pytest.raises(NotFound):
            await mission_service.check_startable(session, other.user_id, mission_id, alongside=False)
        with pytest.raises(NotFound):
            await mission_service.check_completable(session, other.user_id, mission_id)
        with pytest.raises(NotFound):
            await mission_service.check_abandonable(session, other.user_id, mission_id)
        with pytest.raises(JobRejected):
            await mission_briefing.briefing_context(session, other.user_id, mission_id)
    steps = (other.accepts(quest_id), other.declines(quest_id), other.starts(mission_id))
    for step in (*steps, other.abandons(mission_id), other.completes(mission_id)):
        with pytest.raises(JobRejected) as rejected:
            await step
        assert "Owner" not in rejected.value.message
    assert (await owner.mission(mission_id)).status is MissionStatus.PENDING


async def test_the_briefing_is_kept_and_the_status_left_alone(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans()
    started = MissionStarted(user_id=person.user_id, mission_id=mission_id)
    async with sessions.begin() as session:
        events = await mission_briefing.save_briefing(session, happened(started), BRIEFING)
    assert events == [
        MissionBriefed(user_id=person.user_id, mission_id=mission_id, briefing=BRIEFING.text, model="offline")
    ]
    mission = await person.mission(mission_id)
    assert (mission.briefing, mission.status) == (BRIEFING.text, MissionStatus.PENDING)


async def test_the_briefing_context_names_the_goal(sessions) -> None:
    person = Person(sessions)
    async with sessions.begin() as session:
        goal = await goal_service.create_goal(
            session, person.user_id, GoalCreate(title="Run farther", why="For fun", category=ValueCategory.HEALTH)
        )
    with_goal, without = await person.plans(draft("Run a lap", goal_id=goal.id, rationale="A start"), draft())
    async with sessions() as session:
        context = await mission_briefing.briefing_context(session, person.user_id, with_goal)
        bare = await mission_briefing.briefing_context(session, person.user_id, without)
    assert (context.title, context.rationale) == ("Run a lap", "A start")
    assert (context.goal_title, context.goal_why) == ("Run farther", "For fun")
    assert (bare.goal_title, bare.goal_why) == (None, None)


async def test_an_ended_mission_needs_no_briefing(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans()
    await person.abandons(mission_id)
    async with sessions() as session:
        with pytest.raises(JobRejected):
            await mission_briefing.briefing_context(session, person.user_id, mission_id)


async def test_the_triad_ranks_pending_missions(sessions) -> None:
    person = Person(sessions)
    async with sessions.begin() as session:
        goal = await goal_service.create_goal(
            session, person.user_id, GoalCreate(title="Draw", category=ValueCategory.CRAFT)
        )
    yesterday = NOW - timedelta(days=1)
    await person.does_a_mission(at=yesterday, category=ValueCategory.CONNECTION)
    await person.plans(
        draft("plain", category=ValueCategory.HEALTH),
        draft("plain and longer", category=ValueCategory.HEALTH, duration_minutes=30),
        draft("goal", category=ValueCategory.CRAFT, goal_id=goal.id),
        draft("streak", category=ValueCategory.CONNECTION),
    )
    (active,) = await person.plans(draft("active", goal_id=goal.id))
    await person.starts(active, at=NOW)
    async with sessions() as session:
        triad = await mission_service.triad(session, person.user_id, now=NOW)
    assert [(mission.title, mission.rank) for mission in triad] == [
        ("streak", "high"),
        ("goal", "medium"),
        ("plain", "low"),
    ]
    assert triad[0].reasons == [TriadReason.STREAK_AT_RISK]


async def test_missions_are_listed_by_status(sessions) -> None:
    person = Person(sessions)
    pending, active = await person.plans(draft(), draft())
    await person.starts(active)
    async with sessions() as session:
        for status, expected in ((MissionStatus.PENDING, pending), (MissionStatus.ACTIVE, active)):
            page = await mission_service.list_missions(session, person.user_id, status=status, limit=10, cursor=None)
            assert [mission.id for mission in page.items] == [expected]


async def test_many_jobs_of_one_person_may_share_a_transaction(sessions) -> None:
    person = Person(sessions)
    first, second = await person.is_offered(draft(), draft())
    accepts = [
        QuestAccepted(user_id=person.user_id, quest_id=quest_id, mission_id=new_id()) for quest_id in (first, second)
    ]
    starts = [MissionStarted(user_id=person.user_id, mission_id=accepted.mission_id) for accepted in accepts]
    async with sessions.begin() as session:
        for data in (accepts[0], accepts[1], starts[0]):
            await mission_lifecycle.save_decision(session, happened(data), None)
        with pytest.raises(JobRejected, match="is active"):
            await mission_lifecycle.save_decision(session, happened(starts[1]), None)
    statuses = [(await person.mission(accepted.mission_id)).status for accepted in accepts]
    assert statuses == [MissionStatus.ACTIVE, MissionStatus.PENDING]
