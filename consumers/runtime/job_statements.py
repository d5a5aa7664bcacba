"""The SQL of settlement: job rows in bulk, a statement per kind and not per job.

A column of many values is one parameter: one round trip however many jobs there are, and one plan for every batch size. A
column may be shorter than the ids, and is NULL from there on: of what is usual for a job nothing need be sent. Where every
job passes the columns travel as JSON, which `orjson` writes faster than asyncpg writes arrays; elsewhere as arrays.
"""

from infra.driver_statement import DriverStatement

# The lateral look-up keeps the index at every table size: `= ANY(…)` may get a generic plan that scans the table.
FIND_SETTLED = DriverStatement("""
    SELECT u.event_id::uuid, coalesce(u.number::int, 1)
    FROM ROWS FROM (
        json_array_elements_text(CAST(:ids AS json)), json_array_elements_text(CAST(:numbers AS json))
    ) AS u(event_id, number)
    CROSS JOIN LATERAL (
        SELECT jobs.delivery FROM jobs WHERE jobs.event_id = u.event_id::uuid AND jobs.job_type = :job_type OFFSET 0
    ) AS j
    WHERE j.delivery >= coalesce(u.number::int, 1)
""")

# A conflict is a later delivery. It says of its event what the first one said, unless that one could not be read.
# Nearly always all are claimed: then their number says it, and no row comes back for each.
WRITE_SUCCEEDED = DriverStatement("""
    WITH claimed AS (
    INSERT INTO jobs (
        event_id, job_type, status, delivery, attempt, life, user_id, event_type, request_id, trace_id,
        accepted_at, published_at, polled_at, started_at, returned_at, finished_at,
        model, tokens_in, tokens_out, cost, effects
    )
    SELECT u.event_id::uuid, :job_type, 'succeeded',
           coalesce(u.delivery::int, 1), coalesce(u.attempt::int2, 1), coalesce(u.life::int2, 1),
           u.user_id, coalesce(u.event_type, :event_type), u.request_id, u.trace_id,
           to_timestamp(u.accepted::float8), to_timestamp(u.published::float8), to_timestamp(u.polled::float8),
           to_timestamp(u.started::float8), to_timestamp(u.returned::float8), :now,
           u.model, coalesce(u.tokens_in::int, 0), coalesce(u.tokens_out::int, 0), coalesce(u.cost::float8, 0), u.effects::json
    FROM ROWS FROM (
        json_array_elements_text(CAST(:ids AS json)), json_array_elements_text(CAST(:deliveries AS json)),
        json_array_elements_text(CAST(:attempts AS json)), json_array_elements_text(CAST(:lives AS json)),
        json_array_elements_text(CAST(:user_ids AS json)), json_array_elements_text(CAST(:event_types AS json)),
        json_array_elements_text(CAST(:request_ids AS json)), json_array_elements_text(CAST(:trace_ids AS json)),
        json_array_elements_text(CAST(:accepted AS json)), json_array_elements_text(CAST(:published AS json)),
        json_array_elements_text(CAST(:polled AS json)), json_array_elements_text(CAST(:started AS json)),
        json_array_elements_text(CAST(:returned AS json)), json_array_elements_text(CAST(:models AS json)),
        json_array_elements_text(CAST(:tokens_in AS json)), json_array_elements_text(CAST(:tokens_out AS json)),
        json_array_elements_text(CAST(:costs AS json)), json_array_elements_text(CAST(:effects AS json))
    ) AS u(event_id, delivery, attempt, life, user_id, event_type, request_id, trace_id, accepted, published, polled,
           started, returned, model, tokens_in, tokens_out, cost, effects)
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
    )
    SELECT count(*), CASE WHEN count(*) < :jobs THEN array_agg(event_id) END FROM claimed
""")

WRITE_UNSUCCESSFUL = DriverStatement("""
    WITH claimed AS (
    INSERT INTO jobs (
        event_id, job_type, status, delivery, attempt, life, user_id, event_type, request_id, trace_id,
        accepted_at, published_at, polled_at, started_at, returned_at, finished_at, next_attempt_at,
        model, tokens_in, tokens_out, cost,
        error_type, error_message, dead_reason, fingerprint,
        topic, partition, "offset", record_key, record_value, record_headers
    )
    SELECT u.event_id, :job_type, u.status, coalesce(u.delivery, 1), coalesce(u.attempt, 1), coalesce(u.life, 1),
           u.user_id, coalesce(u.event_type, :event_type), u.request_id, u.trace_id,
           to_timestamp(u.accepted), to_timestamp(u.published), to_timestamp(u.polled), to_timestamp(u.started),
           to_timestamp(u.returned), :now, clock_timestamp() + make_interval(secs => u.delay),
           u.model, coalesce(u.tokens_in, 0), coalesce(u.tokens_out, 0), coalesce(u.cost, 0),
           u.error_type, u.error_message, u.dead_reason, u.fingerprint,
           u.topic, u.partition, u.offset, u.record_key, u.record_value, u.record_headers::json
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:deliveries AS int[]), CAST(:attempts AS int2[]),
        CAST(:lives AS int2[]), CAST(:user_ids AS text[]), CAST(:event_types AS text[]), CAST(:request_ids AS text[]),
        CAST(:trace_ids AS text[]), CAST(:accepted AS float8[]), CAST(:published AS float8[]),
        CAST(:polled AS float8[]), CAST(:started AS float8[]), CAST(:returned AS float8[]), CAST(:delays AS float8[]),
        CAST(:models AS text[]), CAST(:tokens_in AS int[]), CAST(:tokens_out AS int[]), CAST(:costs AS float8[]),
        CAST(:error_types AS text[]), CAST(:error_messages AS text[]), CAST(:dead_reasons AS text[]),
        CAST(:fingerprints AS text[]), CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]),
        CAST(:record_keys AS bytea[]), CAST(:record_values AS bytea[]), CAST(:record_headers AS text[])
    ) AS u(event_id, status, delivery, attempt, life, user_id, event_type, request_id, trace_id, accepted, published, polled,
           started, returned, delay, model, tokens_in, tokens_out, cost, error_type, error_message, dead_reason,
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
    )
    SELECT count(*), CASE WHEN count(*) < :jobs THEN array_agg(event_id) END FROM claimed
""")

WRITE_ATTEMPTS = DriverStatement("""
    INSERT INTO job_attempts (
        event_id, job_type, delivery, life, attempt, outcome, published_at, polled_at, started_at, returned_at, finished_at,
        worker, error_type, error_message, error_stacktrace
    )
    SELECT u.event_id, :job_type, u.delivery, u.life, u.attempt, u.outcome,
           to_timestamp(u.published), to_timestamp(u.polled), to_timestamp(u.started), to_timestamp(u.returned), :now, :worker,
           u.error_type, u.error_message, u.error_stacktrace
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:deliveries AS int[]), CAST(:lives AS int2[]), CAST(:attempts AS int2[]),
        CAST(:outcomes AS text[]), CAST(:published AS float8[]), CAST(:polled AS float8[]),
        CAST(:started AS float8[]), CAST(:returned AS float8[]), CAST(:error_types AS text[]),
        CAST(:error_messages AS text[]), CAST(:error_stacktraces AS text[])
    ) AS u(event_id, delivery, life, attempt, outcome, published, polled, started, returned,
           error_type, error_message, error_stacktrace)
    ON CONFLICT DO NOTHING
""")
