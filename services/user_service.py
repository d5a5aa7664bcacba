"""Persons: their row appears with the first thing that is theirs, and decisions about one person take turns.

Who was deleted gets no row for FORGOTTEN_FOR: a late event of theirs is refused instead of bringing them back unasked.
After that the same subject begins anew, as somebody whom nobody knows.
"""

from datetime import timedelta
from hashlib import sha256
from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import InvalidRequest, PersonForgotten
from models.deleted_user import DeletedUserModel
from models.user import DEFAULT_QUIET_FROM, DEFAULT_QUIET_UNTIL, DEFAULT_TIME_ZONE, UserModel
from schemas.events import UserId
from schemas.persons import PersonRead, PersonWrite
from services.quiet_hours import QuietHours

FORGOTTEN_FOR = timedelta(days=30)
"""Longer than Kafka keeps any event, and its retries take: nothing of the time before can come after it."""


async def ensure_user(session: AsyncSession, user_id: UserId) -> None:
    """Make sure that the person has a row, without touching one that exists.

    Raises `PersonForgotten` for somebody who was deleted not long ago; the transaction must then be rolled back.
    """
    row = insert(UserModel).values(id=user_id).on_conflict_do_nothing().returning(UserModel.id)
    # Asked after the row was written: a deletion that committed meanwhile is seen, and one that did not waits for us.
    if await session.scalar(row) is not None and await is_forgotten(session, user_id):
        raise PersonForgotten("Everything of this person was deleted on their request. They can begin anew later.")


async def is_forgotten(session: AsyncSession, user_id: UserId) -> bool:
    """Whether the person was deleted within FORGOTTEN_FOR."""
    return bool(
        await session.scalar(
            select(DeletedUserModel.subject_hash).where(
                DeletedUserModel.subject_hash == subject_hash(user_id),
                DeletedUserModel.deleted_at > func.now() - FORGOTTEN_FOR,
            )
        )
    )


async def lock_for_deletion(session: AsyncSession, user_id: UserId) -> None:
    """Lock the person's row, made when it is missing: whoever would write for them waits, and then finds them gone."""
    await session.execute(insert(UserModel).values(id=user_id).on_conflict_do_nothing())
    await session.execute(select(UserModel.id).where(UserModel.id == user_id).with_for_update())


def subject_hash(user_id: UserId) -> str:
    """What is remembered of a deleted person's subject."""
    return sha256(user_id.encode()).hexdigest()


async def lock_user(session: AsyncSession, user_id: UserId) -> UserModel:
    """The person's row, made when it is missing and locked until the transaction ends.

    Every save takes this lock before it reads what it decides on, and no other: whatever is theirs changes in one
    transaction at a time, and transactions that serve several persons need only take them in one order. Raises
    `PersonForgotten` as `ensure_user` does.
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


async def read_person(session: AsyncSession, user_id: UserId) -> PersonRead:
    """The person's clock; the default one for a person without a row."""
    user = await session.get(UserModel, user_id)
    quiet = await read_quiet_hours(session, user_id)
    return PersonRead(
        id=user_id,
        time_zone=quiet.time_zone,
        quiet_from=quiet.begin,
        quiet_until=quiet.end,
        created_at=user.created_at if user else None,
    )


async def write_person(session: AsyncSession, user_id: UserId, wanted: PersonWrite) -> PersonRead:
    """Set the person's clock. Raises `InvalidRequest` when the time zone is no IANA name."""
    await set_time_zone(session, user_id, wanted.time_zone)
    user = await lock_user(session, user_id)
    user.quiet_from, user.quiet_until = wanted.quiet_from, wanted.quiet_until
    await session.flush()
    return await read_person(session, user_id)
