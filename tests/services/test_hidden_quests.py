from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models.quest import QuestModel
from schemas.goals import ValueCategory
from schemas.ids import new_id
from schemas.missions import MissionCompleted
from schemas.quests import QuestRead, QuestStatus, QuestUnlocked
from services import progress_service, quest_service
from services.hidden_quests import AUTHOR, HIDDEN_QUESTS, Standing, unlocked_quests
from services.quest_supply import PROPOSAL_LIFETIME
from tests.support.person import Person, draft, happened

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def names(streak_days: int = 0, known: frozenset[str] = frozenset(), **completed: int) -> list[str]:
    standing = Standing(streak_days, {ValueCategory(name): count for name, count in completed.items()})
    return [quest.name for quest in unlocked_quests(standing, known)]


@pytest.mark.parametrize("days", [7, 14, 30, 100])
def test_a_streak_unlocks_at_its_length_and_not_before(days: int) -> None:
    assert f"streak-{days}" not in names(days - 1)
    assert f"streak-{days}" in names(days)


@pytest.mark.parametrize("category", list(ValueCategory))
def test_missions_of_a_category_unlock_its_quest(category: ValueCategory) -> None:
    assert names(**{category.value: 9}) == []
    assert names(**{category.value: 10}) == [f"{category.value}-10"]


def test_every_category_must_be_there_for_the_all_round_quest() -> None:
    assert names(growth=5, health=5, craft=5, connection=4) == []
    assert names(growth=5, health=5, craft=5, connection=5) == ["all-round-5"]


def test_what_is_known_is_not_unlocked_again() -> None:
    assert names(14) == ["streak-7", "streak-14"]
    assert names(14, frozenset({"streak-7"})) == ["streak-14"]


def test_the_catalogue_keeps_to_the_rules_of_quests() -> None:
    titles = [quest.draft.title for quest in HIDDEN_QUESTS]
    assert len(set(titles)) == len(titles)
    assert all(quest.draft.goal_id is None and quest.draft.rationale for quest in HIDDEN_QUESTS)


async def hidden_quests_of(person: Person) -> list[QuestRead]:
    async with person.sessions() as session:
        page = await quest_service.list_quests(session, person.user_id, status=None, limit=100, cursor=None)
    return [quest for quest in page.items if quest.hidden_trigger is not None]


async def completes_a_mission(person: Person, at: datetime) -> list[object]:
    (mission_id,) = await person.plans(draft())
    await person.starts(mission_id, alongside=True, at=at - timedelta(minutes=20))
    async with person.sessions.begin() as session:
        completed = MissionCompleted(user_id=person.user_id, mission_id=mission_id)
        return list(await progress_service.save_completion(session, happened(completed, at), None))


async def test_the_seventh_day_unlocks_a_quest_once(sessions) -> None:
    person = Person(sessions)
    for day in range(6):
        await person.does_a_mission(at=NOON + day * DAY)
    assert await hidden_quests_of(person) == []
    _, unlocked = await completes_a_mission(person, NOON + 6 * DAY)
    assert isinstance(unlocked, QuestUnlocked)
    (quest,) = await hidden_quests_of(person)
    assert (unlocked.trigger, unlocked.quest_id) == ("streak-7", quest.id)
    assert (quest.status, quest.hidden_trigger) == (QuestStatus.PROPOSED, "streak-7")
    assert quest.essence_reward > 0
    (progress,) = await completes_a_mission(person, NOON + 7 * DAY)
    assert not isinstance(progress, QuestUnlocked)
    assert len(await hidden_quests_of(person)) == 1


async def test_a_hidden_quest_is_accepted_like_any_other(sessions) -> None:
    person = Person(sessions)
    for day in range(7):
        await person.does_a_mission(at=NOON + day * DAY)
    (quest,) = await hidden_quests_of(person)
    mission = await person.mission(await person.accepts(quest.id))
    assert (mission.title, mission.quest_id) == (quest.title, quest.id)


async def test_a_hidden_quest_does_not_expire_and_is_no_proposal_for_the_agent(sessions) -> None:
    person = Person(sessions)
    for day in range(7):
        await person.does_a_mission(at=NOON + day * DAY)
    await person.is_offered(at=datetime.now(UTC) + 2 * PROPOSAL_LIFETIME)
    (quest,) = await hidden_quests_of(person)
    assert quest.status is QuestStatus.PROPOSED
    async with sessions() as session:
        known = await quest_service.gather_context(session, person.user_id)
    assert quest.title not in known.proposed


async def test_the_database_refuses_to_unlock_twice(sessions) -> None:
    person = Person(sessions)
    for day in range(7):
        await person.does_a_mission(at=NOON + day * DAY)
    hidden = HIDDEN_QUESTS[0]
    async with sessions() as session:
        session.add(
            QuestModel(
                id=new_id(),
                user_id=person.user_id,
                hidden_trigger=hidden.name,
                essence_reward=10,
                model=AUTHOR,
                **hidden.draft.model_dump(),
            )
        )
        with pytest.raises(IntegrityError, match="uq_quests_user_id_hidden_trigger"):
            await session.flush()
    async with sessions() as session:
        many = await session.scalar(
            select(func.count()).where(QuestModel.user_id == person.user_id, QuestModel.hidden_trigger == hidden.name)
        )
    assert many == 1
