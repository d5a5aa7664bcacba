from datetime import UTC, datetime, timedelta

import pytest

from infra.exceptions import Conflict, JobRejected, NotFound
from schemas.goals import GoalCreate, GoalStatus, GoalUpdate, ValueCategory
from schemas.ids import new_id
from schemas.quests import EnergyLevel, QuestStatus
from services import goal_service, quest_service
from services.essence import calculate_reward
from services.quest_supply import PROPOSAL_LIFETIME
from tests.support.person import Person, draft


async def quests_of(person: Person, status: QuestStatus | None = None) -> list[str]:
    async with person.sessions() as session:
        page = await quest_service.list_quests(session, person.user_id, status=status, limit=50, cursor=None)
    return [quest.title for quest in page.items]


async def write_goal(person: Person, title: str = "Run farther") -> "object":
    async with person.sessions.begin() as session:
        return await goal_service.create_goal(
            session, person.user_id, GoalCreate(title=title, category=ValueCategory.HEALTH)
        )


async def test_generated_quests_become_proposals_of_an_unseen_person(sessions) -> None:
    person = Person(sessions)
    (quest_id,) = await person.is_offered(draft("Call a friend", duration_minutes=30, energy_level=EnergyLevel.HIGH))
    async with sessions() as session:
        quest = await quest_service.get_quest(session, person.user_id, quest_id)
    assert (quest.title, quest.status, quest.model) == ("Call a friend", QuestStatus.PROPOSED, "offline")
    assert quest.essence_reward == calculate_reward(30, EnergyLevel.HIGH)


async def test_drafts_that_repeat_something_open_or_each_other_are_left_out(sessions) -> None:
    person = Person(sessions)
    await person.plans(draft("Walk to the river"))
    await person.is_offered(draft("Sketch a cup"))
    await person.is_offered(
        draft("walk to the  RIVER."), draft("Sketch a Cup"), draft("Write a letter"), draft("Write a letter!")
    )
    assert sorted(await quests_of(person, QuestStatus.PROPOSED)) == ["Sketch a cup", "Write a letter"]


async def test_nothing_new_is_a_rejection_that_changes_nothing(sessions) -> None:
    person = Person(sessions)
    await person.is_offered(draft("Sketch a cup"))
    with pytest.raises(JobRejected):
        await person.is_offered(draft("Sketch a cup"))
    assert await quests_of(person) == ["Sketch a cup"]


async def test_a_drafts_goal_is_kept_only_when_it_is_the_persons_own(sessions) -> None:
    person, other = Person(sessions), Person(sessions)
    own, foreign = await write_goal(person), await write_goal(other)
    ids = await person.is_offered(draft(goal_id=own.id), draft(goal_id=foreign.id), draft(goal_id=new_id()))
    async with sessions() as session:
        kept = [(await quest_service.get_quest(session, person.user_id, quest_id)).goal_id for quest_id in ids]
    assert kept == [own.id, None, None]


async def test_proposals_expire_unanswered_when_new_ones_come(sessions) -> None:
    person = Person(sessions)
    (old_id,) = await person.is_offered(draft("Sketch a cup"))
    (accepted_id,) = await person.plans(draft("Walk to the river"))
    later = datetime.now(UTC) + PROPOSAL_LIFETIME + timedelta(minutes=1)
    # An expired title may be proposed again; an open mission's may not.
    await person.is_offered(draft("Sketch a cup"), draft("Walk to the river"), at=later)
    assert await quests_of(person, QuestStatus.EXPIRED) == ["Sketch a cup"]
    assert await quests_of(person, QuestStatus.PROPOSED) == ["Sketch a cup"]
    assert (await person.mission(accepted_id)).title == "Walk to the river"
    with pytest.raises(JobRejected, match="expired"):
        await person.accepts(old_id)


async def test_the_context_tells_what_the_agent_needs(sessions) -> None:
    person = Person(sessions)
    await person.lives_in("Asia/Tokyo")
    goal, archived = await write_goal(person), await write_goal(person, "Old wish")
    async with sessions.begin() as session:
        change = GoalUpdate(status=GoalStatus.ARCHIVED)
        await goal_service.update_goal(session, person.user_id, archived.id, change)
    await person.plans(draft("Walk to the river"))
    await person.is_offered(draft("Sketch a cup"))
    (declined_id,) = await person.is_offered(draft("Cold shower"))
    await person.declines(declined_id)
    await person.does_a_mission(at=datetime.now(UTC), category=ValueCategory.CRAFT)
    await person.does_a_mission(at=datetime.now(UTC) - timedelta(days=60), category=ValueCategory.HEALTH)
    async with sessions() as session:
        context = await quest_service.gather_context(session, person.user_id)
    assert [(known.id, known.title) for known in context.goals] == [(goal.id, "Run farther")]
    assert context.open_missions == ("Walk to the river",)
    assert context.proposed == ("Sketch a cup",)
    assert context.declined == ("Cold shower",)
    assert context.recent_completions == {category: int(category == "craft") for category in ValueCategory}
    assert context.time_zone == "Asia/Tokyo"


async def test_an_unseen_person_has_an_empty_context(sessions) -> None:
    async with sessions() as session:
        context = await quest_service.gather_context(session, "never-seen")
    assert (context.goals, context.open_missions, context.time_zone) == ((), (), "UTC")


async def test_only_an_open_proposal_may_be_decided_on(sessions) -> None:
    person = Person(sessions)
    (quest_id,) = await person.is_offered()
    async with sessions() as session:
        await quest_service.check_acceptable(session, person.user_id, quest_id)
        await quest_service.check_declinable(session, person.user_id, quest_id)
    await person.accepts(quest_id)
    async with sessions() as session:
        with pytest.raises(Conflict, match="accepted already"):
            await quest_service.check_acceptable(session, person.user_id, quest_id)
        with pytest.raises(Conflict, match="accepted already"):
            await quest_service.check_declinable(session, person.user_id, quest_id)


async def test_another_persons_quest_is_not_found(sessions) -> None:
    owner, other = Person(sessions), Person(sessions)
    (quest_id,) = await owner.is_offered()
    async with sessions() as session:
        for ask in (quest_service.get_quest, quest_service.check_acceptable, quest_service.check_declinable):
            with pytest.raises(NotFound):
                await ask(session, other.user_id, quest_id)
    assert await quests_of(other) == []
