"""Dead letters as PostgreSQL remembers them: the record that operators read, and from which the stream is written again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    any_,
    distinct,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from infra.dead_letters import DeadLetter
from infra.exceptions import InvalidRequest, NotFound
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from schemas.dead_letters import DeadLetterFilter, DeadLetterRead, FailureGroup
from schemas.jobs import JobError, JobStatus
from schemas.pages import Page
from services.job_place import PLACE, decode_place, encode_place
from services.paging import MAX_PAGE

UNDECODABLE = "undecodable"
"""What a job row has for the type of an event that could not be read."""
MAX_GROUPS = 200
"""The most groups of failures that are listed."""

# In the statement itself: a generic plan knows no parameters, and could not use the index of dead jobs.
IS_DEAD = JobModel.status == literal(JobStatus.DEAD.value, String, literal_execute=True)


async def read_dead_letters(session: AsyncSession, job_type: str, job_ids: Sequence[UUID]) -> list[DeadLetter]:
    """The dead letters of these jobs; those that are not dead are left out."""
    return await select_entries(
        session, JobModel.job_type == job_type, JobModel.event_id == any_(literal(list(job_ids), ARRAY(Uuid)))
    )


async def select_entries(
    session: AsyncSession, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[DeadLetter]:
    """Dead letters as the stream has them, oldest first."""
    query = (
        select(JobModel, JobAttemptModel.error_stacktrace)
        .outerjoin(
            JobAttemptModel,
            and_(
                JobAttemptModel.event_id == JobModel.event_id,
                JobAttemptModel.job_type == JobModel.job_type,
                JobAttemptModel.delivery == JobModel.delivery,
            ),
        )
        .where(IS_DEAD, *conditions)
        .order_by(*PLACE)
        .limit(limit)
    )
    return [stream_entry(row, stacktrace) for row, stacktrace in await session.execute(query)]


async def list_dead_letters(
    session: AsyncSession, wanted: DeadLetterFilter, *, limit: int, cursor: str | None
) -> Page[DeadLetterRead]:
    """A page of the letters that `wanted` selects, the last that died first.

    Raises `InvalidRequest` when the cursor is malformed or the limit is not within 1 and `MAX_PAGE`.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidRequest(f"limit must lie between 1 and {MAX_PAGE}.")
    query = select(JobModel).where(IS_DEAD, *conditions(wanted))
    if cursor is not None:
        query = query.where(tuple_(*PLACE) < tuple_(*decode_place(cursor)))
    query = query.order_by(*(column.desc() for column in PLACE)).limit(limit + 1)
    rows = (await session.scalars(query)).all()
    shown = rows[:limit]
    return Page(
        items=[DeadLetterRead(**summary(row, died_at=row.finished_at)) for row in shown],
        next_cursor=encode_place(shown[-1]) if len(rows) > limit else None,
    )


async def list_groups(session: AsyncSession, wanted: DeadLetterFilter) -> list[FailureGroup]:
    """The letters that `wanted` selects by what went wrong, the largest group first; at most `MAX_GROUPS`."""
    # The numbers of each group, and beside them the newest of its letters.
    numbers = (
        select(
            JobModel.fingerprint,
            JobModel.job_type,
            func.count().label("count"),
            func.count(distinct(JobModel.user_id)).label("people"),
            func.min(JobModel.finished_at).label("first"),
            func.max(JobModel.finished_at).label("last"),
        )
        .where(IS_DEAD, *conditions(wanted))
        .group_by(JobModel.fingerprint, JobModel.job_type)
        .order_by(func.count().desc(), func.max(JobModel.finished_at).desc())
        .limit(MAX_GROUPS)
        .subquery()
    )
    sample = (
        select(JobModel.event_id, JobModel.error_type, JobModel.error_message)
        .where(
            IS_DEAD,
            *conditions(wanted),
            JobModel.job_type == numbers.c.job_type,
            JobModel.fingerprint.is_not_distinct_from(numbers.c.fingerprint),
            JobModel.finished_at == numbers.c.last,
        )
        .order_by(JobModel.event_id.desc())
        .limit(1)
        .lateral()
    )
    query: Select[tuple[object, ...]] = (
        select(numbers, sample).join(sample, onclause=true()).order_by(numbers.c.count.desc(), numbers.c.last.desc())
    )
    return [
        FailureGroup(
            fingerprint=row.fingerprint,
            job_type=row.job_type,
            error_type=row.error_type,
            count=row.count,
            people=row.people,
            first_seen_at=row.first,
            last_seen_at=row.last,
            sample_id=letter_id(row.event_id, row.job_type),
            sample_message=row.error_message,
        )
        for row in (await session.execute(query)).mappings()
    ]


def conditions(wanted: DeadLetterFilter) -> list[ColumnElement[bool]]:
    """What `wanted` asks of a job's row, besides being dead."""
    found: list[ColumnElement[bool]] = []
    if wanted.ids is not None:
        found.append(_one_of(wanted.ids))
    if wanted.job_type is not None:
        found.append(JobModel.job_type == wanted.job_type)
    if wanted.error is not None:
        found.append(
            or_(
                JobModel.error_type.icontains(wanted.error, autoescape=True),
                JobModel.error_message.icontains(wanted.error, autoescape=True),
            )
        )
    if wanted.fingerprint is not None:
        found.append(JobModel.fingerprint == wanted.fingerprint)
    if wanted.user_id is not None:
        found.append(JobModel.user_id == wanted.user_id)
    if wanted.died_before is not None:
        found.append(JobModel.finished_at < wanted.died_before)
    if wanted.died_after is not None:
        found.append(JobModel.finished_at >= wanted.died_after)
    return found


def _one_of(ids: Sequence[str]) -> ColumnElement[bool]:
    """Raises `InvalidRequest` for what can be no id of a letter."""
    chosen = []
    for text in ids:
        try:
            event_id, job_type = parse_letter_id(text)
        except NotFound:
            raise InvalidRequest(
                f"{text[:128]!r} is no id of a dead letter, which reads <event id>:<job type>."
            ) from None
        if job_type is None:
            raise InvalidRequest(f"{text[:128]!r} names no job type: <event id>:<job type>.")
        chosen.append((event_id, job_type))
    return tuple_(JobModel.event_id, JobModel.job_type).in_(chosen)


def letter_id(event_id: UUID, job_type: str) -> str:
    """What operators know a dead letter by."""
    return f"{event_id}:{job_type}"


def parse_letter_id(text: str) -> tuple[UUID, str | None]:
    """The event's id and the job type, which may be missing. Raises `NotFound` when it can be no id of a letter."""
    event_id, _, job_type = text.partition(":")
    try:
        return UUID(event_id), job_type or None
    except ValueError:
        raise NotFound(f"There is no dead letter {text[:128]!r}; its id reads <event id>:<job type>.") from None


def summary(row: JobModel, *, died_at: datetime) -> dict[str, object]:
    """The fields that the list and the single letter share."""
    return {
        "id": letter_id(row.event_id, row.job_type),
        "event_id": row.event_id,
        "job_type": row.job_type,
        "event_type": _event_type(row),
        "user_id": row.user_id,
        "request_id": row.request_id,
        "status": JobStatus(row.status),
        "reason": row.dead_reason,
        "error": JobError(type=row.error_type, message=row.error_message or "") if row.error_type else None,
        "fingerprint": row.fingerprint,
        "life": row.life,
        "attempts": row.attempt,
        "accepted_at": row.accepted_at,
        "died_at": died_at,
        "tokens": row.tokens_in + row.tokens_out,
    }


def stream_entry(row: JobModel, stacktrace: str | None) -> DeadLetter:
    """The entry of a dead job: the same that the worker wrote when it died."""
    assert row.topic is not None
    assert row.partition is not None
    assert row.offset is not None
    return DeadLetter(
        job_id=row.event_id,
        job_type=row.job_type,
        event_type=_event_type(row),
        user_id=row.user_id,
        request_id=row.request_id,
        reason=row.dead_reason or "",
        attempts=row.attempt,
        life=row.life,
        delivery=row.delivery,
        accepted_at=row.accepted_at,
        group=row.job_type,
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        exception_type=row.error_type or "",
        exception_message=row.error_message or "",
        stacktrace=stacktrace or "",
        fingerprint=row.fingerprint,
        key=row.record_key,
        value=row.record_value,
        headers=row.record_headers or [],
    )


def _event_type(row: JobModel) -> str | None:
    return None if row.event_type == UNDECODABLE else row.event_type
