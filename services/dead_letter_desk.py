"""The desk where an operator deals with one dead letter at a time: look, edit, retry, discard.

Each action is one transaction that also records who did it; the stream follows after the commit.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import null, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import SessionFactory
from infra.dead_letters import DeadLetterStore, place_of
from infra.exceptions import Conflict, InvalidRequest, NotFound
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from schemas.dead_letters import (
    DeadLetterDetail,
    DeadLetterEdit,
    DeadLetterFilter,
    DeadLetterRead,
    DeadLetterRetried,
    FailureGroup,
    StreamRebuilt,
)
from schemas.jobs import JobStatus, Subscription
from schemas.pages import Page
from services import dead_letter_service, dead_letter_stream, operator_action_service
from services.checkpoint_service import remove_checkpoints, thread_id
from services.dead_letter_detail import read_detail
from services.dead_letter_edit import edit_record
from services.dead_letter_revival import RetryLimits, revive
from services.dead_letter_service import letter_id, parse_letter_id

log = structlog.get_logger(__name__)


class DeadLetterDesk:
    """Reads and acts on dead letters. `subscriptions` are the consumer groups that there are."""

    def __init__(
        self,
        sessions: SessionFactory,
        store: DeadLetterStore,
        subscriptions: Sequence[Subscription],
        *,
        max_event_bytes: int,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._subscriptions = subscriptions
        self._limits = RetryLimits([s.group for s in subscriptions], max_event_bytes)

    async def list_letters(
        self, wanted: DeadLetterFilter, *, limit: int, cursor: str | None = None
    ) -> Page[DeadLetterRead]:
        """A page of the letters that `wanted` selects, the last that died first; the stream is tidied on the way.

        Raises `InvalidRequest` as `dead_letter_service.list_dead_letters` does.
        """
        async with self._sessions() as session:
            page = await dead_letter_service.list_dead_letters(session, wanted, limit=limit, cursor=cursor)
            try:
                behind = cursor is None and await dead_letter_stream.is_behind(session, self._store)
            except (RedisError, OSError) as error:
                log.warning("dead_letters.stream_away", error=repr(error))
                return page
        if behind:
            await self._follow(None)
        return page

    async def list_groups(self, wanted: DeadLetterFilter) -> list[FailureGroup]:
        """The letters that `wanted` selects by what went wrong, the largest group first."""
        async with self._sessions() as session:
            return await dead_letter_service.list_groups(session, wanted)

    async def show(self, letter: str) -> DeadLetterDetail:
        """One letter with its record and history; also when it has been retried or discarded since.

        Raises `NotFound`, and `InvalidRequest` when the event is dead in several groups and none is named.
        """
        async with self._sessions() as session:
            return await read_detail(session, await self._find(session, letter), self._limits)

    async def retry(self, letter: str, *, operator: str) -> DeadLetterRetried:
        """Send a letter back to its group at once, with a fresh budget of attempts.

        Raises `NotFound`, `Conflict` when it is not dead (any more) or cannot be retried as it is, and
        `InvalidRequest` when the event is dead in several groups and none is named.
        """
        async with self._sessions() as session, session.begin():
            row = await self._lock(session, letter)
            retried, places = await self._retry(session, row, operator)
        await self._follow(places)
        return retried

    async def edit(self, letter: str, change: DeadLetterEdit, *, operator: str) -> DeadLetterRetried | None:
        """Give a letter's event new data, checked against its schema; the event keeps its id and its person.

        Returns the retry when `change` asks for one. Raises as `retry`, and `InvalidRequest` when the data do not
        fit.
        """
        retried: DeadLetterRetried | None = None
        async with self._sessions() as session, session.begin():
            row = await self._lock(session, letter)
            place = _place(row)
            if (size := edit_record(row, change, self._subscriptions)) > self._limits.max_bytes:
                raise InvalidRequest(f"The event has {size} bytes; at most {self._limits.max_bytes} are accepted.")
            await operator_action_service.record(
                session,
                operator=operator,
                action="dead_letter.edit",
                target=letter_id(row.event_id, row.job_type),
                # Names only: the values may be what a person wrote.
                details={"event_type": row.event_type, "fields": sorted(change.data)},
            )
            # What the agent had made of the old data must not go into what it makes of the new.
            await remove_checkpoints(session, [thread_id(row.event_id, row.job_type)])
            if change.retry:
                retried, _ = await self._retry(session, row, operator)
        await self._follow([place])
        if retried is None:
            await self._restore(row)
        return retried

    async def discard(self, letter: str, *, reason: str, operator: str) -> None:
        """Give a letter up: its job is `cancelled`, and its record is gone. Raises as `retry`."""
        async with self._sessions() as session, session.begin():
            row = await self._lock(session, letter)
            place = _place(row)
            row.status = JobStatus.CANCELLED.value
            row.record_key = row.record_value = None
            # None alone would be written as JSON's null.
            row.record_headers = null()
            await remove_checkpoints(session, [thread_id(row.event_id, row.job_type)])
            await operator_action_service.record(
                session,
                operator=operator,
                action="dead_letter.discard",
                target=letter_id(row.event_id, row.job_type),
                details={"reason": reason, "life": row.life},
            )
        await self._follow([place])

    async def rebuild(self, *, operator: str) -> StreamRebuilt:
        """Make the stream what PostgreSQL says. Raises what PostgreSQL and Redis raise."""
        rebuilt = await dead_letter_stream.rebuild(self._sessions, self._store)
        async with self._sessions() as session, session.begin():
            await operator_action_service.record(
                session,
                operator=operator,
                action="dead_letters.rebuild",
                target="dead-letters",
                details=rebuilt.model_dump(),
            )
        return rebuilt

    async def _retry(self, session: AsyncSession, row: JobModel, operator: str) -> tuple[DeadLetterRetried, list[str]]:
        obstacle = self._limits.obstacle(row)
        if obstacle is not None:
            raise Conflict(obstacle)
        target = letter_id(row.event_id, row.job_type)
        retried = DeadLetterRetried(id=target, life=row.life + 1, delivery=row.delivery + 1)
        await operator_action_service.record(
            session,
            operator=operator,
            action="dead_letter.retry",
            target=target,
            details={"life": retried.life, "delivery": retried.delivery},
        )
        return retried, await revive(session, [row], [timedelta()])

    async def _find(self, session: AsyncSession, letter: str) -> JobModel:
        """The job that a letter is of. Those that never died are none of an operator's letters."""
        event_id, job_type = parse_letter_id(letter)
        query = select(JobModel).where(JobModel.event_id == event_id)
        if job_type is not None:
            query = query.where(JobModel.job_type == job_type)
        died = (
            select(1)
            .where(
                JobAttemptModel.event_id == JobModel.event_id,
                JobAttemptModel.job_type == JobModel.job_type,
                JobAttemptModel.outcome == JobStatus.DEAD.value,
            )
            .exists()
        )
        rows = (await session.scalars(query.where(dead_letter_service.IS_DEAD | died))).all()
        return _only(rows, letter)

    async def _lock(self, session: AsyncSession, letter: str) -> JobModel:
        """The same, dead and locked until the end of the transaction."""
        known = await self._find(session, letter)
        row = await session.get(
            JobModel, (known.event_id, known.job_type), with_for_update=True, populate_existing=True
        )
        if row is None or row.status != JobStatus.DEAD:
            raise Conflict(f"The job is not dead any more: it is {row.status if row else 'gone'}.")
        return row

    async def _restore(self, row: JobModel) -> None:
        try:
            async with self._sessions() as session:
                letters = await dead_letter_service.read_dead_letters(session, row.job_type, [row.event_id])
            await self._store.add(letters)
        except (RedisError, OSError) as error:
            log.warning("dead_letters.stream_behind", error=repr(error))

    async def _follow(self, places: Sequence[str] | None) -> None:
        """Take entries out of the stream; all that are not dead any more when none is named.

        What is done is done: without Redis the stream stays behind, and the next list catches up.
        """
        try:
            if places is None:
                await dead_letter_stream.drop_settled(self._sessions, self._store)
            else:
                await self._store.remove(places)
        except (RedisError, OSError) as error:
            log.warning("dead_letters.stream_behind", error=repr(error))


def _place(row: JobModel) -> str:
    return place_of(row.job_type, row.topic, row.partition, row.offset, row.life)


def _only(rows: Sequence[JobModel], letter: str) -> JobModel:
    if not rows:
        raise NotFound(f"There is no dead letter {letter[:128]!r}.")
    if len(rows) > 1:
        ids = ", ".join(letter_id(row.event_id, row.job_type) for row in rows)
        raise InvalidRequest(f"The event is dead in several groups; name one: {ids}.")
    return rows[0]
