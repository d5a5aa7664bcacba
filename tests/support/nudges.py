"""A person who is nudged: preferences, planned nudges, and their moments."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models.nudge import NudgeModel
from schemas.events import Envelope, Event
from schemas.ids import new_id
from schemas.nudges import (
    NudgeAnswered,
    NudgeChannel,
    NudgeDue,
    NudgePreferencesWrite,
    NudgeResponse,
    NudgeSchedulingDue,
)
from services import nudge_delivery, nudge_planning, nudge_preferences, nudge_service
from services.nudge_delivery import NudgeOutcome
from services.nudge_planning import PlannedNudge, PlannedNudges

ALWAYS = {"quiet_from": "00:00", "quiet_until": "00:00"}


async def opt_in(sessions: Any, user_id: str, **wanted: Any) -> None:
    """Without quiet hours, so that a test may run at night."""
    async with sessions.begin() as session:
        await nudge_preferences.write_preferences(
            session, user_id, NudgePreferencesWrite(opted_in=True, **(ALWAYS | wanted)), trusting=True
        )


async def opt_out(sessions: Any, user_id: str) -> None:
    async with sessions.begin() as session:
        await nudge_preferences.write_preferences(session, user_id, NudgePreferencesWrite(), trusting=True)


async def plan(
    sessions: Any,
    user_id: str,
    *texts: str,
    within: timedelta = timedelta(minutes=30),
    day: date | None = None,
    event_id: UUID | None = None,
) -> list[NudgeModel]:
    """The nudges that are scheduled for these texts, each `within` this time from now."""
    data = NudgeSchedulingDue(user_id=user_id, day=day or datetime.now(UTC).date())
    event = Envelope.mint(data, event_id=event_id)
    moment = datetime.now(UTC) + within
    planned = PlannedNudges(tuple(PlannedNudge(text, moment) for text in texts or ("A kind word.",)), "offline")
    async with sessions.begin() as session:
        await nudge_planning.save_nudges(session, event, planned)
    return [nudge for nudge in await all_nudges(sessions, user_id) if nudge.source_event_id == event.id]


def due(nudge: NudgeModel, channel: NudgeChannel = NudgeChannel.SSE) -> Envelope[NudgeDue]:
    return Envelope.mint(NudgeDue(user_id=nudge.user_id, nudge_id=nudge.id, channel=channel))


async def deliver(
    sessions: Any, nudge: NudgeModel, channel: NudgeChannel = NudgeChannel.SSE, outcome: NudgeOutcome | None = None
) -> Sequence[Event]:
    async with sessions.begin() as session:
        return await nudge_delivery.save_delivery(session, due(nudge, channel), outcome or NudgeOutcome())


async def answer(sessions: Any, user_id: str, nudge_id: UUID, response: NudgeResponse) -> None:
    event = Envelope.mint(NudgeAnswered(user_id=user_id, nudge_id=nudge_id, response=response), event_id=new_id())
    async with sessions.begin() as session:
        await nudge_service.save_answer(session, event, None)


async def all_nudges(sessions: Any, user_id: str) -> list[NudgeModel]:
    """Those that are still to come as well, in the order of their moments."""
    async with sessions() as session:
        query = (
            select(NudgeModel).where(NudgeModel.user_id == user_id).order_by(NudgeModel.scheduled_for, NudgeModel.id)
        )
        return list(await session.scalars(query))
