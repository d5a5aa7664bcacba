"""One dead letter in full: its record, what went wrong, its attempts over all lives, and what operators did to it."""

import base64
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.dead_letter_retry import DeadLetterRetryModel
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from models.retried_dead_letter import RetriedDeadLetterModel
from schemas.dead_letters import AttemptRead, DeadLetterDetail, OperatorActionRead
from schemas.jobs import JobStatus
from services import operator_action_service
from services.dead_letter_revival import RetryLimits
from services.dead_letter_service import letter_id, summary


async def read_detail(session: AsyncSession, row: JobModel, limits: RetryLimits) -> DeadLetterDetail:
    """The letter of this job, which is dead or was."""
    query = (
        select(JobAttemptModel)
        .where(JobAttemptModel.event_id == row.event_id, JobAttemptModel.job_type == row.job_type)
        .order_by(JobAttemptModel.delivery)
    )
    attempts = (await session.scalars(query)).all()
    deaths = [attempt for attempt in attempts if attempt.outcome == JobStatus.DEAD]
    return DeadLetterDetail(
        **summary(row, died_at=deaths[-1].finished_at if deaths else row.finished_at),
        obstacle=limits.obstacle(row) if row.status == JobStatus.DEAD else "It is not dead.",
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        key=_shown(row.record_key),
        headers=[(str(name), values[0]) for name, *values in row.record_headers or []],
        data=_json_object(row.record_value),
        value=_shown(row.record_value),
        stacktrace=(deaths[-1].error_stacktrace or "") if deaths else "",
        attempts_made=[AttemptRead.model_validate(attempt) for attempt in attempts],
        actions=await _actions(session, row),
    )


async def _actions(session: AsyncSession, row: JobModel) -> list[OperatorActionRead]:
    """What operators did to it, alone or together with others."""
    alone = await operator_action_service.read_actions(session, letter_id(row.event_id, row.job_type))
    runs = await session.execute(
        select(DeadLetterRetryModel.id, DeadLetterRetryModel.operator, RetriedDeadLetterModel.created_at)
        .join(RetriedDeadLetterModel, RetriedDeadLetterModel.dead_letter_retry_id == DeadLetterRetryModel.id)
        .where(
            RetriedDeadLetterModel.event_id == row.event_id,
            RetriedDeadLetterModel.job_type == row.job_type,
            RetriedDeadLetterModel.delivery.is_not(None),
        )
    )
    actions = [OperatorActionRead.model_validate(action) for action in alone]
    actions += [
        OperatorActionRead(operator=who, action="dead_letters.retry", details={"run": str(run)}, created_at=at)
        for run, who, at in runs
    ]
    return sorted(actions, key=lambda action: action.created_at)


def _shown(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(raw).decode()}"


def _json_object(raw: bytes | None) -> dict[str, Any] | None:
    try:
        value = json.loads(raw or b"null")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
