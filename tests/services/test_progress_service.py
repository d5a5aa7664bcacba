import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from infra.exceptions import InvalidRequest, JobInvalid, JobRejected
from models.essence_entry import EssenceEntryModel
from schemas.goals import ValueCategory
from schemas.missions import MissionStatus
from schemas.progress import DciZone, ProgressRead
from services import progress_service
from services.progress_service import COMPLETION_REASON, MAX_CLOCK_LEAD
from tests.support.person import Person, draft

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


async def progress_of(person: Person, *, now: datetime, window_days: int = 30) -> ProgressRead:
    async with person.sessions() as session:
        return await progress_service.read_progress(session, person.user_id, window_days=window_days, now=now)


async def entries_of(person: Person) -> list[EssenceEntryModel]:
    async with person.sessions() as session:
        found = await session.scalars(select(EssenceEntryModel).where(EssenceEntryModel.user_id == person.user_id))
        return list(found)


async def test_a_completion_books_everything_in_one_go(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans(draft(duration_minutes=20))
    await person.starts(mission_id, at=NOON - timedelta(minutes=20))
    updated = await person.completes(mission_id, reflection="It was quiet.", at=NOON)
    mission = await person.mission(mission_id)
    assert (mission.status, mission.reflection) == (MissionStatus.COMPLETED, "It was quiet.")
    assert (mission.ended_at, mission.ended_on) == (NOON, NOON.date())
    (entry,) = await entries_of(person)
    assert (entry.amount, entry.reason) == (mission.essence_reward, COMPLETION_REASON)
    assert (updated.essence_earned, updated.essence_total) == (entry.amount, entry.amount)
    assert (updated.streak_days, updated.milestone) == (1, None)
    progress = await progress_of(person, now=NOON)
    assert (progress.essence, progress.missions_completed) == (entry.amount, 1)
    assert (progress.dci.value, progress.dci.zone) == (updated.dci, updated.dci_zone)
    assert progress.dci.breakdown.engagement == 1


async def test_a_mission_is_booked_once(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans()
    await person.starts(mission_id)
    outcomes = await asyncio.gather(*(person.completes(mission_id) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, JobRejected) for outcome in outcomes) == 3
    with pytest.raises(JobRejected, match="completed already"):
        await person.completes(mission_id)
    assert len(await entries_of(person)) == 1


async def test_a_mission_that_was_not_started_is_not_completed(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans()
    with pytest.raises(JobRejected, match="not started"):
        await person.completes(mission_id)
    assert await entries_of(person) == []


async def test_a_completion_of_the_future_is_invalid(sessions) -> None:
    person = Person(sessions)
    (mission_id,) = await person.plans()
    await person.starts(mission_id)
    with pytest.raises(JobInvalid, match="future"):
        await person.completes(mission_id, at=datetime.now(UTC) + MAX_CLOCK_LEAD + timedelta(minutes=5))


async def test_streaks_count_overall_and_per_category(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON, category=ValueCategory.HEALTH)
    await person.does_a_mission(at=NOON + DAY, category=ValueCategory.CRAFT)
    last = await person.does_a_mission(at=NOON + 2 * DAY, category=ValueCategory.HEALTH)
    assert last.streak_days == 3
    progress = await progress_of(person, now=NOON + 2 * DAY)
    days = {streak.category: (streak.days, streak.best_days) for streak in progress.streaks}
    assert days[None] == (3, 3)
    assert days[ValueCategory.HEALTH] == (1, 1)
    assert days[ValueCategory.CRAFT] == (1, 1)
    assert days[ValueCategory.GROWTH] == (0, 0)
    assert [streak.category for streak in progress.streaks] == [None, *ValueCategory]
    assert progress.streaks[0].next_milestone == 7


async def test_a_completion_told_late_links_the_days_beside_it_and_may_reach_a_milestone(sessions) -> None:
    person = Person(sessions)
    for day in (0, 1, 2, 4, 5):
        await person.does_a_mission(at=NOON + day * DAY)
    sixth = await person.does_a_mission(at=NOON + 6 * DAY)
    assert (sixth.streak_days, sixth.milestone) == (3, None)
    late = await person.does_a_mission(at=NOON + 3 * DAY)
    assert (late.streak_days, late.milestone) == (7, 7)
    again = await person.does_a_mission(at=NOON + 6 * DAY)
    assert (again.streak_days, again.milestone) == (7, None)


async def test_an_old_completion_does_not_shorten_the_present_streak(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON)
    await person.does_a_mission(at=NOON + DAY)
    old = await person.does_a_mission(at=NOON - 30 * DAY)
    assert (old.streak_days, old.milestone) == (2, None)


async def test_a_streak_lives_until_a_whole_local_day_was_missed(sessions) -> None:
    person = Person(sessions)
    berlin = ZoneInfo("Europe/Berlin")
    await person.lives_in("Europe/Berlin")
    # The night in which the clocks go forward lies between the two days.
    await person.does_a_mission(at=datetime(2026, 3, 28, 23, 50, tzinfo=berlin))
    second = await person.does_a_mission(at=datetime(2026, 3, 29, 0, 10, tzinfo=berlin))
    assert second.streak_days == 2
    last_moment = datetime(2026, 3, 30, 23, 59, tzinfo=berlin)
    assert (await progress_of(person, now=last_moment)).streaks[0].days == 2
    missed = await progress_of(person, now=last_moment + timedelta(minutes=2))
    assert (missed.streaks[0].days, missed.streaks[0].best_days) == (0, 2)


async def test_the_day_is_the_persons_own_at_that_time(sessions) -> None:
    traveller = Person(sessions)
    midnight = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    await traveller.lives_in("Asia/Tokyo")
    await traveller.does_a_mission(at=midnight - DAY)
    await traveller.lives_in("America/Los_Angeles")
    progress = await traveller.does_a_mission(at=midnight)
    # Tokyo's 2 March and California's 2 March: the move rewrites no past day, and a day counts once.
    assert progress.streak_days == 1


async def test_the_index_looks_at_the_windows_days_only(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON - 10 * DAY, reflection="Good.")
    (mission_id,) = await person.plans()
    await person.abandons(mission_id, at=NOON)
    week, month = [await progress_of(person, now=NOON, window_days=days) for days in (7, 30)]
    assert (week.dci.breakdown.completion, month.dci.breakdown.completion) == (0, 0.5)
    assert week.dci.value < month.dci.value


async def test_an_unseen_person_has_no_progress_yet(sessions) -> None:
    progress = await progress_of(Person(sessions), now=NOON)
    assert (progress.essence, progress.missions_completed, progress.dci.zone) == (0, 0, DciZone.RED)
    assert all(streak.days == 0 for streak in progress.streaks)


async def test_a_window_that_is_not_offered_is_an_invalid_request(sessions) -> None:
    with pytest.raises(InvalidRequest, match="7, 30, 90"):
        await progress_of(Person(sessions), now=NOON, window_days=8)
