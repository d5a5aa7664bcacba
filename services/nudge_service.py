"""Nudges as their person sees them: the history, and the answers.

The caller owns the transaction: nothing here commits.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import Conflict, JobRejected, NotFound
from models.nudge import NudgeModel
from models.nudge_preferences import NudgePreferencesModel
from schemas.events import Envelope, Event, UserId
from schemas.nudges import NudgeAnswered, NudgeRead, NudgeResponse, NudgeStatus
from schemas.pages import Page
from services.paging import read_page
from services.user_service import lock_user


async def list_nudges(
    session: AsyncSession, user_id: UserId, *, status: NudgeStatus | None, limit: int, cursor: str | None
) -> Page[NudgeRead]:
    """The person's nudges, newest first. Raises `InvalidRequest` for a malformed cursor or limit.

    Those that are still to come are not shown: a nudge that is known beforehand is none.
    """
    query = select(NudgeModel).where(NudgeModel.user_id == user_id, NudgeModel.status != NudgeStatus.SCHEDULED)
    if status is not None:
        query = query.where(NudgeModel.status == status)
    return await read_page(session, query, NudgeModel, NudgeRead, limit=limit, cursor=cursor)


async def check_answerable(session: AsyncSession, user_id: UserId, nudge_id: UUID) -> None:
    """Raises `NotFound` unless the nudge is theirs, `Conflict` unless it was delivered."""
    nudge = await find_nudge(session, user_id, nudge_id)
    if nudge is None:
        raise NotFound("No such nudge.")
    if nudge.delivered_at is None:
        raise Conflict("This nudge was not delivered.")


async def save_answer(session: AsyncSession, event: Envelope[NudgeAnswered], _result: None) -> Sequence[Event]:
    """Record the answer; the last one counts. `not_now` cancels what is scheduled, `stop` opts out as well.

    Raises `JobRejected` unless the nudge is theirs and was delivered.
    """
    await lock_user(session, event.user_id)
    nudge = await find_nudge(session, event.user_id, event.data.nudge_id, fresh=True)
    if nudge is None or nudge.delivered_at is None:
        raise JobRejected("No such nudge.")
    nudge.response, nudge.responded_at = event.data.response, event.time
    if event.data.response is NudgeResponse.HELPFUL:
        return []
    await cancel_scheduled(session, event.user_id)
    if event.data.response is NudgeResponse.STOP:
        await session.execute(
            update(NudgePreferencesModel).where(NudgePreferencesModel.user_id == event.user_id).values(opted_in=False)
        )
    return []


async def cancel_scheduled(session: AsyncSession, user_id: UserId) -> None:
    """The person wants none of what is scheduled. The caller holds the person's lock."""
    await session.execute(
        update(NudgeModel)
        .where(NudgeModel.user_id == user_id, NudgeModel.status == NudgeStatus.SCHEDULED)
        .values(status=NudgeStatus.CANCELLED)
    )


async def find_nudge(
    session: AsyncSession, user_id: UserId, nudge_id: UUID, *, fresh: bool = False
) -> NudgeModel | None:
    """The nudge, when it is this person's; `fresh` reads it anew after a lock."""
    query = select(NudgeModel).where(NudgeModel.id == nudge_id, NudgeModel.user_id == user_id)
    return await session.scalar(query.execution_options(populate_existing=fresh))
