"""Delivering nudges: what was planned is decided again when its moment comes.

A nudge whose time has passed expires, one that the person forestalled by starting or completing a mission is superseded,
and one that they do not want any more is cancelled. Each channel has its own event and its own job.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import JobRejected
from models.mission import MissionModel
from models.nudge import NudgeModel
from models.nudge_preferences import NudgePreferencesModel
from schemas.events import Envelope, Event
from schemas.nudges import NudgeChannel, NudgeDelivered, NudgeDue, NudgeStatus, WebhookStatus
from services.nudge_service import find_nudge
from services.user_service import lock_user, read_quiet_hours


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class DueNudge:
    """A nudge whose moment has come: what to send, and where to. Without a target it goes to the person's streams."""

    id: UUID
    text: str
    expires_at: datetime
    webhook: WebhookTarget | None


@dataclass(frozen=True, slots=True)
class NudgeOutcome:
    """What became of the webhook; None when none was sent."""

    webhook: WebhookStatus | None = None
    answer: int | None = None


async def read_due(session: AsyncSession, event: Envelope[NudgeDue], now: datetime) -> DueNudge | None:
    """The nudge to deliver now; None when it is not to be delivered (any more). The settlement decides again."""
    nudge = await find_nudge(session, event.user_id, event.data.nudge_id)
    if nudge is None:
        return None
    preferences = await session.get(NudgePreferencesModel, event.user_id)
    if not _is_wanted(preferences, event.data.channel) or await _refusal(session, nudge, preferences, now) is not None:
        return None
    target = None
    if event.data.channel is NudgeChannel.WEBHOOK:
        assert preferences is not None
        if preferences.webhook_url is None or preferences.webhook_secret is None:
            return None
        target = WebhookTarget(preferences.webhook_url, preferences.webhook_secret)
    return DueNudge(nudge.id, nudge.text, nudge.expires_at, target)


async def save_delivery(session: AsyncSession, event: Envelope[NudgeDue], outcome: NudgeOutcome) -> Sequence[Event]:
    """Record what became of a due nudge; the follow-up event carries it to the person's streams.

    Raises `JobRejected` when there is no such nudge of theirs.
    """
    await lock_user(session, event.user_id)
    nudge = await find_nudge(session, event.user_id, event.data.nudge_id, fresh=True)
    if nudge is None:
        raise JobRejected("No such nudge.")
    now = datetime.now(UTC)
    if outcome.webhook is not None:
        nudge.webhook_status, nudge.webhook_answer = outcome.webhook, outcome.answer
        if outcome.webhook is WebhookStatus.DELIVERED:
            # It has left us, whatever has been decided since.
            _mark_delivered(nudge, now)
        return []
    preferences = await session.get(NudgePreferencesModel, event.user_id, populate_existing=True)
    refusal = await _refusal(session, nudge, preferences, now)
    if refusal is not None and nudge.status is NudgeStatus.SCHEDULED:
        nudge.status = refusal
    # A channel that is not wanted any more says nothing about the others.
    if refusal is not None or event.data.channel is NudgeChannel.WEBHOOK:
        return []
    if not _is_wanted(preferences, event.data.channel):
        return []
    _mark_delivered(nudge, now)
    return [NudgeDelivered(user_id=event.user_id, nudge_id=nudge.id, text=nudge.text, expires_at=nudge.expires_at)]


async def _refusal(
    session: AsyncSession,
    nudge: NudgeModel,
    preferences: NudgePreferencesModel | None,
    now: datetime,
) -> NudgeStatus | None:
    """Why the nudge is not to be delivered now; None when it is."""
    if preferences is None or not preferences.opted_in:
        return NudgeStatus.CANCELLED
    if nudge.status not in (NudgeStatus.SCHEDULED, NudgeStatus.DELIVERED):
        return nudge.status
    quiet = await read_quiet_hours(session, nudge.user_id)
    if nudge.expires_at <= now or quiet.end_after(now) is not None:
        return NudgeStatus.EXPIRED
    active = await session.scalar(
        select(MissionModel.id)
        .where(
            MissionModel.user_id == nudge.user_id,
            or_(MissionModel.started_at > nudge.created_at, MissionModel.ended_at > nudge.created_at),
        )
        .limit(1)
    )
    return NudgeStatus.SUPERSEDED if active is not None else None


def _mark_delivered(nudge: NudgeModel, now: datetime) -> None:
    nudge.status = NudgeStatus.DELIVERED
    nudge.delivered_at = nudge.delivered_at or now


def _is_wanted(preferences: NudgePreferencesModel | None, channel: NudgeChannel) -> bool:
    return preferences is not None and channel in preferences.channels
