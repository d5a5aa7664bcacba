"""Persons: their row appears with the first thing that is theirs, and decisions about one person take turns."""

from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import InvalidRequest
from models.user import DEFAULT_QUIET_FROM, DEFAULT_QUIET_UNTIL, DEFAULT_TIME_ZONE, UserModel
from schemas.events import UserId
from services.quiet_hours import QuietHours


async def ensure_user(session: AsyncSession, user_id: UserId) -> None:
    """Make sure that the person has a row, without touching one that exists."""
    await session.execute(insert(UserModel).values(id=user_id).on_conflict_do_nothing())


async def lock_user(session: AsyncSession, user_id: UserId) -> UserModel:
    """The person's row, made when it is missing and locked until the transaction ends.

    Every save takes this lock before it reads what it decides on, and no other: whatever is theirs changes in one
    transaction at a time, and transactions that serve several persons need only take them in one order.
    """
    # NO KEY: inserting a row that refers to the person need not wait.
    query = select(UserModel).where(UserModel.id == user_id).with_for_update(key_share=True)
    query = query.execution_options(populate_existing=True)
    user = await session.scalar(query)
    if user is None:
        await ensure_user(session, user_id)
        user = (await session.scalars(query)).one()
    return user


async def read_time_zone(session: AsyncSession, user_id: UserId) -> str:
    """The IANA name of the person's time zone; the default for a person without a row."""
    time_zone = await session.scalar(select(UserModel.time_zone).where(UserModel.id == user_id))
    return time_zone or DEFAULT_TIME_ZONE


async def read_quiet_hours(session: AsyncSession, user_id: UserId) -> QuietHours:
    """The person's quiet hours; the default ones for a person without a row."""
    user = await session.get(UserModel, user_id)
    return quiet_hours_of(user) if user else QuietHours(DEFAULT_QUIET_FROM, DEFAULT_QUIET_UNTIL, DEFAULT_TIME_ZONE)


def quiet_hours_of(user: UserModel) -> QuietHours:
    """The quiet hours in this row, on the person's own clock."""
    return QuietHours(user.quiet_from, user.quiet_until, user.time_zone)


async def set_time_zone(session: AsyncSession, user_id: UserId, time_zone: str) -> None:
    """Count the person's days in `time_zone` from now on. Raises `InvalidRequest` when it is no IANA name."""
    if time_zone not in available_timezones():
        raise InvalidRequest("The time zone must be an IANA name such as Europe/Berlin.")
    user = await lock_user(session, user_id)
    user.time_zone = time_zone
    # What was due by the old clock may be due earlier by the new one.
    user.next_due_at = func.now()
