"""Deletion of a person: in one transaction nothing of theirs is left in the database but that certain events were handled.

Rows of jobs stay, without person, record, effects and messages: the ledger proves from them that nothing accepted was
lost, and a redelivered event finds that it was settled. What had not ended is cancelled, so that it never runs again.

After the commit `person.deleted` has what lies in Redis cleared. Events that were under way meanwhile may leave a trace
behind them (a failed attempt, a dead letter), so everything is deleted again after PASSES, the last of which comes when
Kafka has forgotten the last event of theirs. Every pass may run any number of times.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.deleted_user import DeletedUserModel
from models.job_attempt import JobAttemptModel
from models.outbox_event import OutboxEventModel
from producers.outbox import enqueue
from schemas.events import Envelope, Event, UserId
from schemas.persons import PersonDeleted, PersonDeletionRequested
from services.checkpoint_service import remove_checkpoints_of
from services.personal_data import JOBS, PERSONAL_TABLES, attempts_of
from services.user_service import is_forgotten, lock_for_deletion, subject_hash

GROUP = "person-deletion"

PASSES = (timedelta(hours=1), timedelta(days=1), timedelta(days=8))
"""When the deletion is done again: when what ran has ended, when what waited has, and after Kafka's retention of 7 days."""

# The job at hand writes its own row after this. Any other that waits is over: the next number is taken, so that a
# delivery of it that is under way counts as settled.
_FORGET_JOBS = text("""
    UPDATE jobs SET
        user_id = 'deleted-' || gen_random_uuid(),
        status = CASE WHEN status IN ('retrying', 'snoozed', 'dead') THEN 'cancelled' ELSE status END,
        delivery = CASE WHEN status IN ('retrying', 'snoozed', 'dead') THEN delivery + 1 ELSE delivery END,
        next_attempt_at = NULL, request_id = NULL, effects = NULL, error_message = NULL, dead_reason = NULL,
        fingerprint = NULL, record_key = NULL, record_value = NULL, record_headers = NULL
    WHERE user_id = :user_id AND NOT (event_id = :event_id AND job_type = :group)
""")

# What operators were looking for may name a person.
_FORGET_FILTERS = (
    text("""
        UPDATE dead_letter_retries SET filter = (CAST(filter AS jsonb) - 'user_id')::json
        WHERE filter ->> 'user_id' = :user_id
    """),
    text("""
        UPDATE operator_actions SET details = (CAST(details AS jsonb) #- '{filter,user_id}')::json
        WHERE details -> 'filter' ->> 'user_id' = :user_id
    """),
    # That a budget was set stays on record, but not for whom.
    text("UPDATE operator_actions SET target = 'deleted' WHERE target = :user_id AND action = 'budget.set'"),
)


async def save_deletion(
    session: AsyncSession, event: Envelope[PersonDeletionRequested | PersonDeleted], _result: None
) -> Sequence[Event]:
    """Delete what there is of the person, and see to the passes that follow."""
    user_id = event.user_id
    match event.data:
        case PersonDeletionRequested():
            await _delete(session, user_id, event)
            now = datetime.now(UTC)
            for index, after in enumerate(PASSES, start=1):
                again = event.caused(PersonDeleted(user_id=user_id), job_type=GROUP, index=index)
                await enqueue(session, [again], available_at=now + after)
            return [PersonDeleted(user_id=user_id)]
        case PersonDeleted():
            # Whoever has begun anew since is not meant.
            if await is_forgotten(session, user_id):
                await _delete(session, user_id, event)
            return []


async def _delete(session: AsyncSession, user_id: UserId, event: Envelope[Event]) -> None:
    await lock_for_deletion(session, user_id)
    if isinstance(event.data, PersonDeletionRequested):
        tombstone = insert(DeletedUserModel).values(subject_hash=subject_hash(user_id))
        await session.execute(
            tombstone.on_conflict_do_update(index_elements=["subject_hash"], set_={"deleted_at": func.now()})
        )
    # Checkpoints and attempts are found by the jobs, which still say whose they are.
    await remove_checkpoints_of(session, user_id)
    await session.execute(delete(JobAttemptModel).where(attempts_of(user_id)))
    await session.execute(_FORGET_JOBS, {"user_id": user_id, "event_id": event.id, "group": GROUP})
    for statement in _FORGET_FILTERS:
        await session.execute(statement, {"user_id": user_id})
    await session.execute(
        delete(OutboxEventModel).where(
            OutboxEventModel.key == user_id.encode(), OutboxEventModel.topic != PersonDeleted.type
        )
    )
    for table in reversed(PERSONAL_TABLES):
        if table is not JOBS:
            await session.execute(
                delete(table.model).where(table.of(user_id)), execution_options={"synchronize_session": False}
            )
