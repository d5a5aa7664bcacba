"""The SQL of settlement: job rows in bulk, a statement per kind and not per job.

Arrays through `unnest` are one round trip however many jobs there are, and one plan for every batch size.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from consumers.runtime.delivery import Delivery
from consumers.runtime.outcome import Dead, Expired, Failure, Outcome, Rejected, Retry, Snooze
from infra.tracing import trace_id_of
from schemas.jobs import JobStatus
from services import fingerprints
from services.personal_data import new_pseudonym

if TYPE_CHECKING:
    from consumers.runtime.settlement import Settled

# The lateral look-up keeps the index at every table size: `= ANY(…)` may get a generic plan that scans the table.
_FIND_SETTLED = text("""
    SELECT u.event_id, u.number
    FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[])) AS u(event_id, number)
    CROSS JOIN LATERAL (
        SELECT jobs.delivery FROM jobs WHERE jobs.event_id = u.event_id AND jobs.job_type = :job_type OFFSET 0
    ) AS j
    WHERE j.delivery >= u.number
""")

# A conflict is a later delivery. It says of its event what the first one said, unless that one could not be read.
_WRITE_SUCCEEDED = text("""
    INSERT INTO jobs (
        event_id, job_type, status, delivery, attempt, life, user_id, event_type, request_id, trace_id,
        accepted_at, published_at, polled_at, started_at, returned_at, finished_at,
        model, tokens_in, tokens_out, cost, effects
    )
    SELECT u.event_id, :job_type, 'succeeded', u.delivery, u.attempt, u.life, u.user_id, u.event_type, u.request_id,
           u.trace_id, u.accepted_at, to_timestamp(u.published), to_timestamp(u.polled), u.started_at,
           to_timestamp(u.returned), :now, u.model, u.tokens_in, u.tokens_out, u.cost, u.effects::json
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:deliveries AS int[]), CAST(:attempts AS int2[]), CAST(:lives AS int2[]),
        CAST(:user_ids AS text[]), CAST(:event_types AS text[]), CAST(:request_ids AS text[]),
        CAST(:trace_ids AS text[]), CAST(:accepted_ats AS timestamptz[]), CAST(:published AS float8[]),
        CAST(:polled AS float8[]), CAST(:started_ats AS timestamptz[]), CAST(:returned AS float8[]),
        CAST(:models AS text[]), CAST(:tokens_in AS int[]), CAST(:tokens_out AS int[]), CAST(:costs AS float8[]),
        CAST(:effects AS text[])
    ) AS u(event_id, delivery, attempt, life, user_id, event_type, request_id, trace_id, accepted_at, published, polled,
           started_at, returned, model, tokens_in, tokens_out, cost, effects)
    ON CONFLICT (event_id, job_type) DO UPDATE SET
        status = excluded.status, delivery = excluded.delivery, attempt = excluded.attempt, life = excluded.life,
        user_id = excluded.user_id, event_type = excluded.event_type, request_id = excluded.request_id,
        trace_id = excluded.trace_id, accepted_at = excluded.accepted_at,
        published_at = excluded.published_at, polled_at = excluded.polled_at,
        started_at = excluded.started_at, returned_at = excluded.returned_at, finished_at = excluded.finished_at,
        next_attempt_at = NULL,
        model = excluded.model, tokens_in = jobs.tokens_in + excluded.tokens_in,
        tokens_out = jobs.tokens_out + excluded.tokens_out, cost = jobs.cost + excluded.cost,
        -- What is run again and finds its work done causes nothing new; what it caused then stays on record.
        effects = coalesce(excluded.effects, jobs.effects),
        error_type = NULL, error_message = NULL, dead_reason = NULL, fingerprint = NULL,
        record_key = NULL, record_value = NULL, record_headers = NULL
    WHERE jobs.delivery < excluded.delivery
    RETURNING event_id
""")

_WRITE_UNSUCCESSFUL = text("""
    INSERT INTO jobs (
        event_id, job_type, status, delivery, attempt, life, user_id, event_type, request_id, trace_id,
        accepted_at, published_at, polled_at, started_at, returned_at, finished_at, next_attempt_at,
        model, tokens_in, tokens_out, cost,
        error_type, error_message, dead_reason, fingerprint,
        topic, partition, "offset", record_key, record_value, record_headers
    )
    SELECT u.event_id, :job_type, u.status, u.delivery, u.attempt, u.life, u.user_id, u.event_type, u.request_id,
           u.trace_id, u.accepted_at, to_timestamp(u.published), to_timestamp(u.polled), u.started_at,
           to_timestamp(u.returned), :now, clock_timestamp() + make_interval(secs => u.delay),
           u.model, u.tokens_in, u.tokens_out, u.cost, u.error_type, u.error_message, u.dead_reason, u.fingerprint,
           u.topic, u.partition, u.offset, u.record_key, u.record_value, u.record_headers::json
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:deliveries AS int[]), CAST(:attempts AS int2[]),
        CAST(:lives AS int2[]), CAST(:user_ids AS text[]), CAST(:event_types AS text[]), CAST(:request_ids AS text[]),
        CAST(:trace_ids AS text[]), CAST(:accepted_ats AS timestamptz[]), CAST(:published AS float8[]),
        CAST(:polled AS float8[]), CAST(:started_ats AS timestamptz[]), CAST(:returned AS float8[]), CAST(:delays AS float8[]),
        CAST(:models AS text[]), CAST(:tokens_in AS int[]), CAST(:tokens_out AS int[]), CAST(:costs AS float8[]),
        CAST(:error_types AS text[]), CAST(:error_messages AS text[]), CAST(:dead_reasons AS text[]),
        CAST(:fingerprints AS text[]), CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]),
        CAST(:record_keys AS bytea[]), CAST(:record_values AS bytea[]), CAST(:record_headers AS text[])
    ) AS u(event_id, status, delivery, attempt, life, user_id, event_type, request_id, trace_id, accepted_at, published, polled,
           started_at, returned, delay, model, tokens_in, tokens_out, cost, error_type, error_message, dead_reason,
           fingerprint, topic, partition, "offset", record_key, record_value, record_headers)
    ON CONFLICT (event_id, job_type) DO UPDATE SET
        status = excluded.status, delivery = excluded.delivery, attempt = excluded.attempt, life = excluded.life,
        user_id = excluded.user_id, event_type = excluded.event_type, request_id = excluded.request_id,
        trace_id = excluded.trace_id, accepted_at = excluded.accepted_at,
        published_at = excluded.published_at, polled_at = excluded.polled_at,
        started_at = excluded.started_at, returned_at = excluded.returned_at, finished_at = excluded.finished_at,
        next_attempt_at = excluded.next_attempt_at, model = excluded.model,
        tokens_in = jobs.tokens_in + excluded.tokens_in, tokens_out = jobs.tokens_out + excluded.tokens_out,
        cost = jobs.cost + excluded.cost,
        error_type = excluded.error_type, error_message = excluded.error_message,
        dead_reason = excluded.dead_reason, fingerprint = excluded.fingerprint,
        topic = excluded.topic, partition = excluded.partition, "offset" = excluded."offset",
        record_key = excluded.record_key, record_value = excluded.record_value,
        record_headers = excluded.record_headers
    WHERE jobs.delivery < excluded.delivery
    RETURNING event_id
""")

_WRITE_ATTEMPTS = text("""
    INSERT INTO job_attempts (
        event_id, job_type, delivery, life, attempt, outcome, published_at, polled_at, started_at, returned_at, finished_at,
        worker, error_type, error_message, error_stacktrace
    )
    SELECT u.event_id, :job_type, u.delivery, u.life, u.attempt, u.outcome,
           to_timestamp(u.published), to_timestamp(u.polled), u.started_at, to_timestamp(u.returned), :now, :worker,
           u.error_type, u.error_message, u.error_stacktrace
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:deliveries AS int[]), CAST(:lives AS int2[]), CAST(:attempts AS int2[]),
        CAST(:outcomes AS text[]), CAST(:published AS float8[]), CAST(:polled AS float8[]),
        CAST(:started_ats AS timestamptz[]), CAST(:returned AS float8[]), CAST(:error_types AS text[]),
        CAST(:error_messages AS text[]), CAST(:error_stacktraces AS text[])
    ) AS u(event_id, delivery, life, attempt, outcome, published, polled, started_at, returned,
           error_type, error_message, error_stacktrace)
    ON CONFLICT DO NOTHING
""")

# What a row says of a delivery whose type could not be read.
UNDECODABLE = "undecodable"


async def find_settled(session: AsyncSession, job_type: str, deliveries: Sequence[Delivery]) -> set[tuple[UUID, int]]:
    """Which of these deliveries, as (job id, number), were settled before."""
    rows = await session.execute(
        _FIND_SETTLED,
        {
            "job_type": job_type,
            "ids": [delivery.job_id for delivery in deliveries],
            "numbers": [delivery.number for delivery in deliveries],
        },
    )
    return {(row[0], row[1]) for row in rows}


async def write_succeeded(session: AsyncSession, job_type: str, batch: "Sequence[Settled]", now: datetime) -> set[UUID]:
    """Write the rows of completed jobs; returns the ids of those that were claimed."""
    parameters = _common_columns(job_type, batch, now)
    parameters["effects"] = [
        orjson.dumps(
            [{"id": str(e.id), "type": e.type, "data": e.data.model_dump(mode="json")} for e in settled.effects]
        ).decode()
        if settled.effects and not settled.forgotten
        else None
        for settled in batch
    ]
    rows = await session.execute(_WRITE_SUCCEEDED, parameters)
    return {row[0] for row in rows}


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
    rows = await session.execute(_WRITE_UNSUCCESSFUL, parameters)
    return {row[0] for row in rows}


async def write_attempts(
    session: AsyncSession, job_type: str, batch: "Sequence[Settled]", now: datetime, worker: str
) -> None:
    """Add these deliveries to the history of their jobs."""
    failures = [failure_of(settled.outcome) for settled in batch]
    await session.execute(
        _WRITE_ATTEMPTS,
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
    usage = [tokens_of(delivery) for delivery in deliveries]
    return {
        "job_type": job_type,
        "now": now,
        "ids": [delivery.job_id for delivery in deliveries],
        "deliveries": [delivery.number for delivery in deliveries],
        # A snooze has spent no attempt.
        "attempts": [s.delivery.attempt - isinstance(s.outcome, Snooze) for s in batch],
        "lives": [delivery.life for delivery in deliveries],
        "user_ids": [new_pseudonym() if s.forgotten else s.delivery.user_id for s in batch],
        "event_types": [envelope.type if envelope else UNDECODABLE for envelope in envelopes],
        "request_ids": [
            s.delivery.envelope.correlation_id[:128]
            if s.delivery.envelope and s.delivery.envelope.correlation_id and not s.forgotten
            else None
            for s in batch
        ],
        "trace_ids": [trace_id_of(e.traceparent) if e is not None and e.traceparent else None for e in envelopes],
        "accepted_ats": [delivery.accepted_at for delivery in deliveries],
        **_moments(deliveries, now),
        "models": [used[0] for used in usage],
        "tokens_in": [used[1] for used in usage],
        "tokens_out": [used[2] for used in usage],
        "costs": [cost_of(delivery) if used[0] else 0.0 for delivery, used in zip(deliveries, usage, strict=True)],
    }


def _moments(deliveries: Sequence[Delivery], now: datetime) -> dict[str, Any]:
    """When each delivery was published, polled, started and answered. Seconds since the epoch where those are at hand:
    arrays of floats cost far less on their way than arrays of timestamps.
    """
    return {
        "published": [delivery.published for delivery in deliveries],
        "polled": [delivery.polled for delivery in deliveries],
        "started_ats": [delivery.started_at or now for delivery in deliveries],
        "returned": [delivery.returned for delivery in deliveries],
    }


def tokens_of(delivery: Delivery) -> tuple[str | None, int, int]:
    """The models used and the tokens in and out, over all calls of the attempt."""
    used = delivery.usage.usage_metadata if delivery.usage is not None else None
    if not used:
        return None, 0, 0
    return (
        ",".join(used)[:128],
        sum(metadata["input_tokens"] for metadata in used.values()),
        sum(metadata["output_tokens"] for metadata in used.values()),
    )


def cost_of(delivery: Delivery) -> float:
    """What the tokens of the attempt cost, in US dollars."""
    return float(sum(spend.cost for spend in delivery.usage.spends())) if delivery.usage is not None else 0.0
