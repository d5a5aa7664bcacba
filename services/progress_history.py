"""Progress over days: the index day by day, and the calendar of completions, on the person's own calendar.

A mission belongs to the day that its person's clock showed when it ended (`missions.ended_on`). That day was written down
then, so neither a change of the clocks nor a move to another zone shifts what is past.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import InvalidRequest
from models.essence_entry import EssenceEntryModel
from models.mission import MissionModel
from schemas.events import UserId
from schemas.goals import ValueCategory
from schemas.missions import MissionStatus
from schemas.pages import Page
from schemas.progress import CalendarDayRead, CalendarRead, DciDayRead, DciHistoryRead, EssenceEntryRead
from services.answers import count_answers, rate
from services.dci import WINDOWS, calculate_dci, ended_mission
from services.local_time import local_day
from services.paging import read_page
from services.streaks import calculate_streak, living_days
from services.user_service import read_time_zone

MAX_CALENDAR_DAYS = 366
"""The longest stretch of one calendar: a leap year."""

DEFAULT_CALENDAR_DAYS = 90

_ONE_DAY = timedelta(days=1)


async def read_dci_history(
    session: AsyncSession, user_id: UserId, *, window_days: int, now: datetime
) -> DciHistoryRead:
    """The index of each of the last `window_days` days, each over a window of that length; the last is today's.

    Raises `InvalidRequest` when `window_days` is none of the windows on offer.
    """
    if window_days not in WINDOWS:
        raise InvalidRequest(f"The window must be one of {', '.join(map(str, WINDOWS))} days.")
    time_zone = await read_time_zone(session, user_id)
    today = local_day(now, time_zone)
    days = [today - timedelta(days=back) for back in reversed(range(window_days))]
    earliest = days[0] - timedelta(days=window_days)
    ended = (
        await session.scalars(
            select(MissionModel).where(
                MissionModel.user_id == user_id, MissionModel.ended_on > earliest, MissionModel.ended_on <= today
            )
        )
    ).all()
    completed_days = await _completed_days(session, user_id)
    answers = await count_answers(session, user_id, after=earliest, until=today)
    history = []
    for day in days:
        after = day - timedelta(days=window_days)
        # A day ahead of today is the person's who flew west since: it counts as it does in the present progress.
        streak = calculate_streak(done for done in completed_days if done <= day or day == today)
        dci = calculate_dci(
            streak_days=living_days(streak.days, streak.last_day, day),
            window_days=window_days,
            missions=[
                ended_mission(mission) for mission in ended if mission.ended_on and after < mission.ended_on <= day
            ],
            response_rate=rate(counts for on, counts in answers.items() if after < on <= day),
        )
        history.append(DciDayRead(day=day, value=dci.value, zone=dci.zone, breakdown=dci.breakdown))
    return DciHistoryRead(window_days=window_days, time_zone=time_zone, days=history)


async def read_calendar(
    session: AsyncSession, user_id: UserId, *, first: date | None, last: date | None, now: datetime
) -> CalendarRead:
    """The days from `first` to `last`, both included, on which something was completed.

    Without `last` up to today, without `first` from DEFAULT_CALENDAR_DAYS before that. Raises `InvalidRequest` when the
    days are in the wrong order or more than MAX_CALENDAR_DAYS.
    """
    if last is None:
        last = local_day(now, await read_time_zone(session, user_id))
    if first is None:
        first = date.fromordinal(max(1, last.toordinal() - DEFAULT_CALENDAR_DAYS + 1))
    if first > last:
        raise InvalidRequest("The calendar must not end before it begins.")
    if last - first >= MAX_CALENDAR_DAYS * _ONE_DAY:
        raise InvalidRequest(f"A calendar has at most {MAX_CALENDAR_DAYS} days.")
    rows = await session.execute(
        select(MissionModel.ended_on, MissionModel.category, func.count())
        .where(
            MissionModel.user_id == user_id,
            MissionModel.status == MissionStatus.COMPLETED,
            MissionModel.ended_on.between(first, last),
        )
        .group_by(MissionModel.ended_on, MissionModel.category)
    )
    by_day: dict[date, Counter[ValueCategory]] = {}
    for day, category, count in rows:
        if day is not None:
            by_day.setdefault(day, Counter())[category] = count
    return CalendarRead(
        first=first,
        last=last,
        days=[
            CalendarDayRead(day=day, completed=counts.total(), categories=dict(sorted(counts.items())))
            for day, counts in sorted(by_day.items())
        ],
    )


async def list_essence(
    session: AsyncSession, user_id: UserId, *, limit: int, cursor: str | None
) -> Page[EssenceEntryRead]:
    """The person's ledger of essence, newest first. Raises `InvalidRequest` for a malformed cursor or limit."""
    query = select(EssenceEntryModel).where(EssenceEntryModel.user_id == user_id)
    page = await read_page(session, query, EssenceEntryModel, EssenceEntryRead, limit=limit, cursor=cursor)
    missions = [entry.mission_id for entry in page.items if entry.mission_id is not None]
    found = await session.execute(select(MissionModel.id, MissionModel.title).where(MissionModel.id.in_(missions)))
    titles = dict(found.all())
    for entry in page.items:
        entry.mission_title = titles.get(entry.mission_id) if entry.mission_id else None
    return page


async def _completed_days(session: AsyncSession, user_id: UserId) -> Sequence[date]:
    days = await session.scalars(
        select(MissionModel.ended_on)
        .where(
            MissionModel.user_id == user_id,
            MissionModel.status == MissionStatus.COMPLETED,
            MissionModel.ended_on.is_not(None),
        )
        .distinct()
    )
    return [day for day in days if day is not None]
