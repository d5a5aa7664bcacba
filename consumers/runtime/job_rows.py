"""The rows of settlement: what is written of many jobs, as the columns of `job_statements.py`.

A column whose values are all the usual one travels as an empty array, and moments travel as seconds since the epoch.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from consumers.runtime.delivery import Delivery
from consumers.runtime.job_statements import FIND_SETTLED, WRITE_ATTEMPTS, WRITE_SUCCEEDED, WRITE_UNSUCCESSFUL
from consumers.runtime.outcome import Dead, Expired, Failure, Outcome, Rejected, Retry, Snooze
from infra.driver_statement import DriverStatement
from infra.tracing import trace_id_of
from schemas.jobs import JobStatus
from services import fingerprints
from services.personal_data import new_pseudonym

if TYPE_CHECKING:
    from consumers.runtime.settlement import Settled

# What a row says of a delivery whose type could not be read.
UNDECODABLE = "undecodable"


async def find_settled(engine: AsyncEngine, job_type: str, deliveries: Sequence[Delivery]) -> set[tuple[UUID, int]]:
    """Which of these deliveries, as (job id, number), were settled before."""
    rows = await FIND_SETTLED.fetch_alone(
        engine,
        {
            "job_type": job_type,
            "ids": _json([delivery.job_id for delivery in deliveries]),
            "numbers": _json(_unless_all(1, [delivery.number for delivery in deliveries])),
        },
    )
    return {(row[0], row[1]) for row in rows}


async def write_succeeded(session: AsyncSession, job_type: str, batch: "Sequence[Settled]", now: datetime) -> set[UUID]:
    """Write the rows of completed jobs; returns the ids of those that were claimed."""
    parameters = _common_columns(job_type, batch, now)
    parameters["effects"] = _unless_all(
        None,
        [
            orjson.dumps(
                [{"id": str(e.id), "type": e.type, "data": e.data.model_dump(mode="json")} for e in settled.effects]
            ).decode()
            if settled.effects and not settled.forgotten
            else None
            for settled in batch
        ],
    )
    columns = {name: _json(column) for name, column in parameters.items() if isinstance(column, list)}
    return await _write(session, WRITE_SUCCEEDED, parameters | columns, parameters["ids"])


async def write_unsuccessful(
    session: AsyncSession, job_type: str, batch: "Sequence[Settled]", now: datetime
) -> set[UUID]:
    """Write the rows of jobs that did not complete, with the whole record; returns the ids of those that were claimed."""
    parameters = _common_columns(job_type, batch, now)
    failures = [failure_of(settled.outcome) for settled in batch]
    delays = [settled.outcome.after if isinstance(settled.outcome, Retry | Snooze) else None for settled in batch]
    origins = [settled.delivery.first_seen_at for settled in batch]
    records = [settled.delivery.record for settled in batch]
    parameters |= {
        "statuses": [status_of(settled.outcome) for settled in batch],
        "delays": [delay.total_seconds() if isinstance(delay, timedelta) else None for delay in delays],
        "error_types": [failure.type if failure else None for failure in failures],
        "error_messages": [failure.message if failure else None for failure in failures],
        "dead_reasons": [s.outcome.reason if isinstance(s.outcome, Dead) else None for s in batch],
        "fingerprints": [fingerprint_of(job_type, settled.outcome) for settled in batch],
        "topics": [origin.topic for origin in origins],
        "partitions": [origin.partition for origin in origins],
        "offsets": [origin.offset for origin in origins],
        "record_keys": [None if s.forgotten else record.key for s, record in zip(batch, records, strict=True)],
        "record_values": [None if s.forgotten else record.value for s, record in zip(batch, records, strict=True)],
        "record_headers": [
            None if s.forgotten else orjson.dumps(storable_headers(record.headers)).decode()
            for s, record in zip(batch, records, strict=True)
        ],
    }
    return await _write(session, WRITE_UNSUCCESSFUL, parameters, parameters["ids"])


async def _write(
    session: AsyncSession, statement: DriverStatement, parameters: dict[str, Any], ids: Sequence[UUID]
) -> set[UUID]:
    [(count, claimed)] = await statement.fetch_within(session, parameters | {"jobs": len(ids)})
    return set(ids) if count == len(ids) else set(claimed or ())


async def write_attempts(
    session: AsyncSession, job_type: str, batch: "Sequence[Settled]", now: datetime, worker: str
) -> None:
    """Add these deliveries to the history of their jobs."""
    failures = [failure_of(settled.outcome) for settled in batch]
    await WRITE_ATTEMPTS.fetch_within(
        session,
        {
            "job_type": job_type,
            "now": now,
            "worker": worker,
            "ids": [settled.delivery.job_id for settled in batch],
            "deliveries": [settled.delivery.number for settled in batch],
            "lives": [settled.delivery.life for settled in batch],
            "attempts": [settled.delivery.attempt for settled in batch],
            "outcomes": [status_of(settled.outcome) for settled in batch],
            **_moments([settled.delivery for settled in batch], now),
            "error_types": [failure.type if failure else None for failure in failures],
            "error_messages": [failure.message if failure else None for failure in failures],
            "error_stacktraces": [failure.stacktrace if failure else None for failure in failures],
        },
    )


def status_of(outcome: Outcome) -> JobStatus:
    """The status of a job whose delivery ended so."""
    match outcome:
        case Retry():
            return JobStatus.RETRYING
        case Snooze():
            return JobStatus.SNOOZED
        case Rejected():
            return JobStatus.REJECTED
        case Expired():
            return JobStatus.EXPIRED
        case Dead():
            return JobStatus.DEAD
        case _:
            return JobStatus.SUCCEEDED


def failure_of(outcome: Outcome) -> Failure | None:
    """What went wrong, if something did."""
    match outcome:
        case Retry(failure=failure) | Snooze(failure=failure) | Rejected(failure=failure) | Dead(failure=failure):
            return failure
        case _:
            return None


def fingerprint_of(job_type: str, outcome: Outcome) -> str | None:
    """The fingerprint of a dead letter's failure; other outcomes have none."""
    if not isinstance(outcome, Dead):
        return None
    failure = outcome.failure
    return fingerprints.fingerprint_of(
        job_type=job_type, error_type=failure.type, message=failure.message, stacktrace=failure.stacktrace
    )


def storable_headers(headers: Sequence[tuple[str, bytes | None]]) -> list[list[str | None]]:
    """Raw headers as JSON can hold them: [name, text], [name, null], or [name, null, base64] for other bytes."""
    stored: list[list[str | None]] = []
    for name, raw in headers:
        if raw is None:
            stored.append([name, None])
            continue
        try:
            text_value = raw.decode()
        except UnicodeDecodeError:
            stored.append([name, None, base64.b64encode(raw).decode()])
        else:
            stored.append([name, text_value])
    return stored


def _common_columns(job_type: str, batch: "Sequence[Settled]", now: datetime) -> dict[str, Any]:
    deliveries = [settled.delivery for settled in batch]
    envelopes = [delivery.envelope for delivery in deliveries]
    event_types = [envelope.data.type if envelope else UNDECODABLE for envelope in envelopes]
    return {
        "job_type": job_type,
        "now": now,
        "ids": [delivery.job_id for delivery in deliveries],
        "deliveries": _unless_all(1, [delivery.number for delivery in deliveries]),
        # A snooze has spent no attempt.
        "attempts": _unless_all(1, [s.delivery.attempt - (type(s.outcome) is Snooze) for s in batch]),
        "lives": _unless_all(1, [delivery.life for delivery in deliveries]),
        "user_ids": [new_pseudonym() if s.forgotten else s.delivery.user_id for s in batch],
        "event_type": event_types[0],
        "event_types": _unless_all(event_types[0], event_types),
        "request_ids": _unless_all(
            None,
            [
                s.delivery.envelope.correlation_id[:128]
                if s.delivery.envelope and s.delivery.envelope.correlation_id and not s.forgotten
                else None
                for s in batch
            ],
        ),
        "trace_ids": _unless_all(
            None, [trace_id_of(e.traceparent) if e is not None and e.traceparent else None for e in envelopes]
        ),
        "accepted": [delivery.accepted for delivery in deliveries],
        **_moments(deliveries, now),
        **_usage(deliveries),
    }


def _usage(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    if not any(delivery.usage is not None and delivery.usage.counted for delivery in deliveries):
        return {"models": [], "tokens_in": [], "tokens_out": [], "costs": []}
    usage = [tokens_of(delivery) for delivery in deliveries]
    return {
        "models": [used[0] for used in usage],
        "tokens_in": [used[1] for used in usage],
        "tokens_out": [used[2] for used in usage],
        "costs": [cost_of(delivery) if used[0] else 0.0 for delivery, used in zip(deliveries, usage, strict=True)],
    }


def _moments(deliveries: Sequence[Delivery], now: datetime) -> dict[str, Any]:
    """When each delivery was published, polled, started and answered."""
    settled = now.timestamp()
    return {
        "published": [delivery.published for delivery in deliveries],
        "polled": [delivery.polled for delivery in deliveries],
        "started": [delivery.started or settled for delivery in deliveries],
        "returned": [delivery.returned for delivery in deliveries],
    }


def _unless_all(usual: object, values: list[Any]) -> list[Any]:
    """The values of a column; none at all when each is the usual one, which the statement fills in."""
    return [] if values.count(usual) == len(values) else values


def _json(column: list[Any]) -> str:
    # asyncpg's ids are of a class of their own.
    return orjson.dumps(column, default=str).decode()


def tokens_of(delivery: Delivery) -> tuple[str | None, int, int]:
    """The models used and the tokens in and out, over all calls of the attempt."""
    if delivery.usage is None or not delivery.usage.counted:
        return None, 0, 0
    used = delivery.usage.usage_metadata
    return (
        ",".join(used)[:128],
        sum(metadata["input_tokens"] for metadata in used.values()),
        sum(metadata["output_tokens"] for metadata in used.values()),
    )


def cost_of(delivery: Delivery) -> float:
    """What the tokens of the attempt cost, in US dollars."""
    return float(sum(spend.cost for spend in delivery.usage.spends())) if delivery.usage is not None else 0.0
