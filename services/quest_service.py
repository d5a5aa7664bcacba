"""Quests: what the quest agent needs to know, what of its answer is kept, and who may decide on a proposal.

Proposals do not pile up: when new ones are saved, those that waited longer than PROPOSAL_LIFETIME expire.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import Conflict, JobRejected, NotFound
from models.goal import GoalModel
from models.mission import MissionModel
from models.quest import QuestModel
from schemas.events import Envelope, Event, UserId
from schemas.goals import GoalStatus, ValueCategory
from schemas.ids import new_id
from schemas.missions import MissionStatus
from schemas.pages import Page
from schemas.quests import QuestDraft, QuestGenerated, QuestRead, QuestRequested, QuestStatus
from services.essence import calculate_reward
from services.paging import read_page
from services.quest_supply import OPEN_MISSIONS, PROPOSAL_LIFETIME
from services.user_service import lock_user, read_time_zone

CONTEXT_GOALS = 20
"""The newest active goals that the quest agent is told of: more would not make three to five quests better."""

CONTEXT_TITLES = 50
"""The newest titles, of missions, proposals and declined quests each, that the quest agent is told of."""

RECENT_DAYS = 30
"""How far back a completed mission still tells which categories were looked after."""


NO_SUCH_QUEST = "No such quest."


@dataclass(frozen=True, slots=True)
class GoalContext:
    """A goal as an agent sees it."""

    id: UUID
    title: str
    why: str
    category: ValueCategory


@dataclass(frozen=True, slots=True)
class QuestContext:
    """What the quest agent knows of a person. Titles are newest first; a category without completions counts 0.

    Among the `proposed` are neither those that nobody answered for PROPOSAL_LIFETIME nor hidden quests.
    """

    goals: tuple[GoalContext, ...]
    open_missions: tuple[str, ...]
    proposed: tuple[str, ...]
    declined: tuple[str, ...]
    recent_completions: Mapping[ValueCategory, int]
    time_zone: str


@dataclass(frozen=True, slots=True)
class GeneratedQuests:
    """The quest agent's answer, and the chat model that gave it."""

    quests: tuple[QuestDraft, ...]
    model: str


async def gather_context(session: AsyncSession, user_id: UserId) -> QuestContext:
    """What the quest agent needs to know of this person; a person without a row has an empty context."""
    goals = await session.scalars(
        select(GoalModel)
        .where(GoalModel.user_id == user_id, GoalModel.status == GoalStatus.ACTIVE)
        .order_by(GoalModel.created_at.desc(), GoalModel.id.desc())
        .limit(CONTEXT_GOALS)
    )
    completions = await session.execute(
        select(MissionModel.category, func.count())
        .where(
            MissionModel.user_id == user_id,
            MissionModel.status == MissionStatus.COMPLETED,
            MissionModel.ended_on > func.current_date() - RECENT_DAYS,
        )
        .group_by(MissionModel.category)
    )
    counts = dict(completions.all())
    return QuestContext(
        goals=tuple(GoalContext(goal.id, goal.title, goal.why, goal.category) for goal in goals),
        open_missions=await _open_mission_titles(session, user_id),
        proposed=await _quest_titles(
            session, user_id, QuestStatus.PROPOSED, since=datetime.now(UTC) - PROPOSAL_LIFETIME, hidden=False
        ),
        declined=await _quest_titles(session, user_id, QuestStatus.DECLINED),
        recent_completions={category: counts.get(category, 0) for category in ValueCategory},
        time_zone=await read_time_zone(session, user_id),
    )


async def save_quests(
    session: AsyncSession, event: Envelope[QuestRequested], result: GeneratedQuests
) -> Sequence[Event]:
    """Propose the generated quests, without those that repeat an open mission, an open proposal or each other.

    None were generated when none were needed (`quest_supply.is_enough`): then nothing happens. A draft's goal is kept only
    when it is the person's own. A job that runs again replaces what it proposed before, except for what was decided about.
    Raises `JobRejected` when nothing new remains.
    """
    user_id = event.user_id
    await lock_user(session, user_id)
    if not result.quests:
        return []
    cutoff = event.time - PROPOSAL_LIFETIME
    taken = [
        *await _open_mission_titles(session, user_id),
        *await _quest_titles(session, user_id, QuestStatus.PROPOSED, since=cutoff, asked_by_others=event.id),
    ]
    drafts = _without_repetitions(result.quests, taken)
    if not drafts:
        raise JobRejected("Nothing new came to mind beside what you already have. Finish or decline something first.")
    own_goals = set(await session.scalars(select(GoalModel.id).where(GoalModel.user_id == user_id)))
    await _expire_proposals(session, user_id, before=cutoff, asked_by=event.id)
    quests = [
        QuestModel(
            id=new_id(),
            user_id=user_id,
            goal_id=draft.goal_id if draft.goal_id in own_goals else None,
            title=draft.title,
            description=draft.description,
            duration_minutes=draft.duration_minutes,
            energy_level=draft.energy_level,
            essence_reward=calculate_reward(draft.duration_minutes, draft.energy_level),
            category=draft.category,
            rationale=draft.rationale,
            source_event_id=event.id,
            model=result.model,
        )
        for draft in drafts
    ]
    session.add_all(quests)
    return [QuestGenerated(user_id=user_id, quest_ids=[quest.id for quest in quests], model=result.model)]


async def list_quests(
    session: AsyncSession, user_id: UserId, *, status: QuestStatus | None, limit: int, cursor: str | None
) -> Page[QuestRead]:
    """The person's quests, newest first. Raises `InvalidRequest` for a malformed cursor or limit."""
    query = select(QuestModel).where(QuestModel.user_id == user_id)
    if status is not None:
        query = query.where(QuestModel.status == status)
    return await read_page(session, query, QuestModel, QuestRead, limit=limit, cursor=cursor)


async def find_quest(session: AsyncSession, user_id: UserId, quest_id: UUID) -> QuestModel | None:
    """The quest, when it is this person's."""
    return await session.scalar(select(QuestModel).where(QuestModel.id == quest_id, QuestModel.user_id == user_id))


async def get_quest(session: AsyncSession, user_id: UserId, quest_id: UUID) -> QuestModel:
    """The person's quest. Raises `NotFound` unless it is theirs."""
    quest = await find_quest(session, user_id, quest_id)
    if quest is None:
        raise NotFound(NO_SUCH_QUEST)
    return quest


async def mission_of(session: AsyncSession, quest: QuestModel) -> MissionModel | None:
    """The mission that the quest became, if it was accepted."""
    return await session.scalar(select(MissionModel).where(MissionModel.quest_id == quest.id))


async def check_acceptable(session: AsyncSession, user_id: UserId, quest_id: UUID) -> None:
    """Raises `NotFound` unless the quest is theirs, `Conflict` unless it is still open to be accepted."""
    await _check_open(session, user_id, quest_id)


async def check_declinable(session: AsyncSession, user_id: UserId, quest_id: UUID) -> None:
    """Raises `NotFound` unless the quest is theirs, `Conflict` unless it is still open to be declined."""
    await _check_open(session, user_id, quest_id)


def decision_refusal(quest: QuestModel) -> str | None:
    """Why this quest can be neither accepted nor declined any more; None when it can."""
    if quest.status is QuestStatus.PROPOSED:
        return None
    return f"This quest is {quest.status.value} already."


async def _check_open(session: AsyncSession, user_id: UserId, quest_id: UUID) -> None:
    if refusal := decision_refusal(await get_quest(session, user_id, quest_id)):
        raise Conflict(refusal)


async def _open_mission_titles(session: AsyncSession, user_id: UserId) -> tuple[str, ...]:
    titles = await session.scalars(
        select(MissionModel.title)
        .where(MissionModel.user_id == user_id, MissionModel.status.in_(OPEN_MISSIONS))
        .order_by(MissionModel.created_at.desc(), MissionModel.id.desc())
        .limit(CONTEXT_TITLES)
    )
    return tuple(titles)


async def _quest_titles(
    session: AsyncSession,
    user_id: UserId,
    status: QuestStatus,
    *,
    since: datetime | None = None,
    hidden: bool = True,
    asked_by_others: UUID | None = None,
) -> tuple[str, ...]:
    query = select(QuestModel.title).where(QuestModel.user_id == user_id, QuestModel.status == status)
    if since is not None:
        query = query.where(QuestModel.created_at >= since)
    if not hidden:
        query = query.where(QuestModel.hidden_trigger.is_(None))
    if asked_by_others is not None:
        query = query.where(QuestModel.source_event_id.is_distinct_from(asked_by_others))
    titles = await session.scalars(
        query.order_by(QuestModel.created_at.desc(), QuestModel.id.desc()).limit(CONTEXT_TITLES)
    )
    return tuple(titles)


async def _expire_proposals(session: AsyncSession, user_id: UserId, *, before: datetime, asked_by: UUID) -> None:
    await session.execute(
        update(QuestModel)
        .where(
            QuestModel.user_id == user_id,
            QuestModel.status == QuestStatus.PROPOSED,
            or_(QuestModel.created_at < before, QuestModel.source_event_id == asked_by),
            # A hidden quest was earned.
            QuestModel.hidden_trigger.is_(None),
        )
        .values(status=QuestStatus.EXPIRED, decided_at=func.now())
    )


def _without_repetitions(drafts: Iterable[QuestDraft], taken: Iterable[str]) -> list[QuestDraft]:
    seen = {_comparable(title) for title in taken}
    fresh = []
    for draft in drafts:
        title = _comparable(draft.title)
        if title not in seen:
            seen.add(title)
            fresh.append(draft)
    return fresh


def _comparable(title: str) -> str:
    """Titles that differ only in case, spacing or a final full stop say the same."""
    return " ".join(title.casefold().split()).rstrip(".!")
