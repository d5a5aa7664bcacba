"""A person's own daily budget, which operators set, and what people hear of a budget that is spent."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.settings import Settings
from models.user import UserModel
from producers.outbox import WAKE_CHANNEL
from schemas.cost import BudgetNotice, BudgetPolicy, BudgetRead, BudgetWrite
from schemas.events import UserId
from services import operator_action_service
from services.cost_service import message_of, read_budget, read_cost_today
from services.job_service import BUDGET_REACHED
from services.local_time import next_midnight
from services.user_service import lock_user

SET_ACTION = "budget.set"

# Their retries wait in the outbox. One that the relay takes meanwhile is on its way anyhow.
_RELEASE = text("""
    WITH released AS (
        UPDATE outbox_events SET available_at = now()
        FROM jobs
        WHERE jobs.user_id = CAST(:user_id AS text) AND jobs.status = 'snoozed' AND jobs.error_type = :error_type
          AND outbox_events.key = convert_to(CAST(:user_id AS text), 'UTF8')
          AND outbox_events.topic = jobs.job_type || '.retry'
          AND outbox_events.headers ->> 'ce_id' = jobs.event_id::text
          AND outbox_events.available_at > now()
        RETURNING jobs.event_id, jobs.job_type
    ), woken AS (
        SELECT pg_notify(:channel, '') FROM released LIMIT 1
    ), told AS (
        UPDATE jobs SET next_attempt_at = now() FROM released
        WHERE jobs.event_id = released.event_id AND jobs.job_type = released.job_type
    )
    SELECT (SELECT count(*) FROM released) AS jobs, (SELECT count(*) FROM woken) AS woken
""")


async def read_own_budget(session: AsyncSession, user_id: UserId, settings: Settings, now: datetime) -> BudgetRead:
    """What was set for the person, and what they have spent today."""
    user = await session.get(UserModel, user_id)
    own_usd = user.daily_budget_usd if user else None
    return BudgetRead(
        user_id=user_id,
        daily_budget_usd=None if own_usd is None else float(own_usd),
        daily_token_budget=user.daily_token_budget if user else None,
        today=await read_cost_today(session, user_id, settings, now),
    )


async def set_budget(
    session: AsyncSession, user_id: UserId, wanted: BudgetWrite, settings: Settings, *, operator: str, now: datetime
) -> BudgetRead:
    """Set the person's own daily budget, on record. Work that waits for their next day starts at once if it now may.

    Raises `PersonForgotten` for somebody whose data was deleted not long ago.
    """
    user = await lock_user(session, user_id)
    user.daily_budget_usd, user.daily_token_budget = wanted.daily_budget_usd, wanted.daily_token_budget
    await operator_action_service.record(
        session, operator=operator, action=SET_ACTION, target=user_id, details=wanted.model_dump(mode="json")
    )
    released = 0
    if not (await read_budget(session, user_id, settings, now)).reached:
        found = await session.execute(
            _RELEASE, {"user_id": user_id, "error_type": BUDGET_REACHED, "channel": WAKE_CHANNEL}
        )
        released = found.one().jobs
    read = await read_own_budget(session, user_id, settings, now)
    return read.model_copy(update={"released": released})


async def read_notice(session: AsyncSession, user_id: UserId, settings: Settings, now: datetime) -> BudgetNotice | None:
    """What a spent budget means for work that is asked for now; None while there is some left."""
    budget = await read_budget(session, user_id, settings, now)
    if not budget.reached or settings.budget_policy is BudgetPolicy.OFF:
        return None
    return BudgetNotice(
        policy=settings.budget_policy,
        until=next_midnight(now, budget.time_zone),
        message=message_of(settings.budget_policy, reached=True),
    )
