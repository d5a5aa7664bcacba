"""Character initiation in the database: what the rules look at, and the opening that is kept, at most one a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import JobSnoozed
from models.character_relationship import CharacterRelationshipModel
from models.companion_message import CompanionMessageModel
from models.goal import GoalModel
from models.mission import MissionModel
from models.quest import QuestModel
from models.streak import StreakModel
from models.user import UserModel
from schemas.characters import Character, CharacterInitiated, CharacterInitiationDue, InitiationReason
from schemas.companion import Author, MessageStatus
from schemas.events import Envelope, Event, UserId
from schemas.goals import GoalStatus, ValueCategory
from schemas.ids import derived_id
from schemas.missions import MissionStatus
from schemas.quests import QuestStatus
from services.initiation import Activity, Initiation, Run
from services.local_time import local_day
from services.quiet_hours import QuietHours
from services.user_service import lock_user, quiet_hours_of

CONTEXT_GOALS = 5
"""The newest active goals that a character knows of when they write first."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the character agent wrote, for which reason, and the chat model that wrote it."""

    initiation: Initiation
    text: str
    model: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The person as the character agent sees them. `opened_today`: a character has written first already today."""

    activity: Activity
    opened_today: bool
    quiet_hours: QuietHours
    goals: tuple[tuple[str, str, ValueCategory], ...]
    points: Mapping[Character, int]


async def read_surroundings(session: AsyncSession, user_id: UserId, *, now: datetime) -> Surroundings | None:
    """What there is to know of the person at `now`; None when nothing is."""
    user = await session.get(UserModel, user_id)
    if user is None:
        return None
    today = local_day(now, user.time_zone)
    active_at = await _last_active_at(session, user)
    openings = await _openings(session, user_id)
    points = await _points(session, user_id)
    goals = await _active_goals(session, user_id)
    activity = Activity(
        today=today,
        last_active_on=local_day(active_at, user.time_zone),
        # The guide, where nobody is closer.
        closest=max(Character, key=lambda character: points.get(character, 0)),
        runs=await _runs(session, user_id),
        waiting_since=await _waiting_since(session, user, goals),
        unanswered=sum(opening.created_at > active_at for opening in openings),
        last_opening_on=_last_day(openings, *InitiationReason),
        milestone_told_on=_last_day(openings, InitiationReason.MILESTONE),
        neglect_told_on=_last_day(openings, InitiationReason.NEGLECT),
    )
    return Surroundings(
        activity=activity,
        opened_today=any(opening.initiated_on == today for opening in openings),
        quiet_hours=quiet_hours_of(user),
        goals=tuple((goal.title, goal.why, goal.category) for goal in goals[:CONTEXT_GOALS]),
        points=points,
    )


async def save_opening(
    session: AsyncSession, event: Envelope[CharacterInitiationDue], result: Opening | None
) -> Sequence[Event]:
    """Put the opening into the conversation, unless a character has written first already on this day.

    Raises `JobSnoozed` when the person's quiet hours have begun meanwhile.
    """
    if result is None:
        return []
    user = await lock_user(session, event.user_id)
    now = datetime.now(UTC)
    refuse_in_quiet_hours(quiet_hours_of(user), now)
    day = local_day(now, user.time_zone)
    opened = await session.scalar(
        select(CompanionMessageModel.id).where(
            CompanionMessageModel.user_id == user.id, CompanionMessageModel.initiated_on == day
        )
    )
    if opened is not None:
        return []
    message_id = derived_id("opening", str(event.id))
    if await session.get(CompanionMessageModel, message_id) is not None:
        # Written on an earlier day, and run again.
        return []
    initiation = result.initiation
    session.add(
        CompanionMessageModel(
            id=message_id,
            user_id=user.id,
            character=initiation.character,
            author=Author.CHARACTER,
            text=result.text,
            status=MessageStatus.COMPLETE,
            initiated_on=day,
            reason=initiation.reason,
            model=result.model,
            created_at=now,
        )
    )
    return [
        CharacterInitiated(
            user_id=user.id,
            character=initiation.character,
            message_id=message_id,
            reason=initiation.reason,
            why=initiation.why,
            model=result.model,
        )
    ]


def refuse_in_quiet_hours(quiet_hours: QuietHours, now: datetime) -> None:
    """Raises `JobSnoozed` until the quiet hours that `now` lies in are over."""
    if end := quiet_hours.end_after(now):
        raise JobSnoozed("The person has quiet hours.", end - now)


async def _last_active_at(session: AsyncSession, user: UserModel) -> datetime:
    """When the person was last heard of: a message, a goal, a decision about a quest or a mission."""
    moments: list[datetime | None] = [
        user.created_at,
        await session.scalar(
            select(func.max(CompanionMessageModel.created_at)).where(
                CompanionMessageModel.user_id == user.id, CompanionMessageModel.author == Author.PERSON
            )
        ),
        await session.scalar(select(func.max(GoalModel.created_at)).where(GoalModel.user_id == user.id)),
        await session.scalar(
            select(func.max(QuestModel.decided_at)).where(
                QuestModel.user_id == user.id, QuestModel.status != QuestStatus.EXPIRED
            )
        ),
        await session.scalar(
            select(func.max(func.greatest(MissionModel.started_at, MissionModel.ended_at))).where(
                MissionModel.user_id == user.id
            )
        ),
    ]
    return max(moment for moment in moments if moment is not None)


async def _openings(session: AsyncSession, user_id: UserId) -> Sequence[CompanionMessageModel]:
    """The newest openings, as many as the rules can ever want to know of."""
    openings = await session.scalars(
        select(CompanionMessageModel)
        .where(CompanionMessageModel.user_id == user_id, CompanionMessageModel.initiated_on.is_not(None))
        .order_by(CompanionMessageModel.initiated_on.desc())
        .limit(30)
    )
    return openings.all()


def _last_day(openings: Sequence[CompanionMessageModel], *reasons: InitiationReason) -> date | None:
    return max((o.initiated_on for o in openings if o.reason in reasons and o.initiated_on is not None), default=None)


async def _points(session: AsyncSession, user_id: UserId) -> Mapping[Character, int]:
    rows = await session.scalars(
        select(CharacterRelationshipModel).where(CharacterRelationshipModel.user_id == user_id)
    )
    return {row.character: row.points for row in rows}


async def _active_goals(session: AsyncSession, user_id: UserId) -> Sequence[GoalModel]:
    goals = await session.scalars(
        select(GoalModel)
        .where(GoalModel.user_id == user_id, GoalModel.status == GoalStatus.ACTIVE)
        .order_by(GoalModel.created_at.desc(), GoalModel.id.desc())
    )
    return goals.all()


async def _runs(session: AsyncSession, user_id: UserId) -> tuple[Run, ...]:
    streaks = await session.scalars(select(StreakModel).where(StreakModel.user_id == user_id))
    return tuple(Run(streak.category, streak.days, streak.last_day) for streak in streaks)


async def _waiting_since(
    session: AsyncSession, user: UserModel, goals: Sequence[GoalModel]
) -> Mapping[ValueCategory, date]:
    completed = await session.execute(
        select(MissionModel.category, func.max(MissionModel.ended_on))
        .where(MissionModel.user_id == user.id, MissionModel.status == MissionStatus.COMPLETED)
        .group_by(MissionModel.category)
    )
    last_day = {category: day for category, day in completed if day is not None}
    waiting: dict[ValueCategory, date] = {}
    for goal in goals:
        begun = local_day(goal.created_at, user.time_zone)
        waiting[goal.category] = min(waiting.get(goal.category, begun), begun)
    return {category: max(begun, last_day.get(category, begun)) for category, begun in waiting.items()}
