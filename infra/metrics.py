"""Every metric of the platform, in one catalogue. Base units, and no person as a label."""

import math

from prometheus_client import Counter, Gauge, Histogram

from infra.histogram import BatchHistogram

JOBS = Counter("delight_jobs", "Settled deliveries of jobs by what came of them.", ["job_type", "outcome"])
JOB_DURATION = BatchHistogram(
    "delight_job_duration_seconds",
    "From the start of an attempt to its settlement.",
    "job_type",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
JOB_ATTEMPTS = BatchHistogram(
    "delight_job_attempts",
    "Attempts that a job needed until it was final.",
    "job_type",
    buckets=(1, 2, 3, 4, 5, 6, 8, 10),
)
JOB_LATENCY = BatchHistogram(
    "delight_job_latency_seconds",
    "From the acceptance of an event to the settlement of its job.",
    "job_type",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
BREAKER_STATE = Gauge("delight_breaker_state", "Circuit breaker: 0 closed, 1 half-open, 2 open.", ["job_type"])
GROUP_PAUSED = Gauge("delight_group_paused", "1 while an operator has paused the group.", ["job_type"])
JOBS_RUNNING = Gauge("delight_jobs_running", "Jobs whose agent runs now.", ["job_type"])
WORKER_RESTARTS = Counter(
    "delight_worker_restarts", "Processes of a worker that ended unexpectedly and were started anew.", ["process"]
)
TOKENS = Counter("delight_tokens", "Tokens of chat models.", ["job_type", "direction"])
COST = Counter("delight_cost_usd", "What the tokens of chat models cost, in US dollars.", ["job_type", "model"])
SETTLEMENT_BATCH = BatchHistogram(
    "delight_settlement_batch_jobs", "Jobs per settlement.", "job_type", buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500)
)
OUTBOX_PENDING = Gauge("delight_outbox_pending", "Outbox rows, due or not.")
OUTBOX_OLDEST_DUE = Gauge("delight_outbox_oldest_due_seconds", "How long the oldest due outbox row has waited.")
SCHEDULED_EVENTS = Counter("delight_scheduled_events", "Recurring events that the scheduler wrote.", ["kind"])
OUTBOX_PUBLISHED = Counter("delight_outbox_published", "Outbox rows that the relay published.")
DEAD_LETTERS = Gauge("delight_dead_letters", "Entries of the dead-letter stream.")
NEW_DEAD_JOBS = Gauge("delight_new_dead_jobs", "Jobs that died within the last ten minutes.", ["job_type"])
CRITICAL_DEAD_JOBS = Gauge(
    "delight_critical_dead_jobs", "Dead jobs of critical job types that nobody has dealt with.", ["job_type"]
)
LEDGER_UNACCOUNTED = Gauge(
    "delight_ledger_unaccounted",
    "Events, accepted or caused, that nobody can account for; NaN where nobody has counted.",
)
LEDGER_UNACCOUNTED.set(math.nan)

# What the monitor measures from outside, for every group whether it runs or not.
CONSUMER_GROUP_LAG = Gauge(
    "kafka_consumergroup_lag", "Records that the group has not handled yet.", ["consumergroup", "topic", "partition"]
)
CONSUMER_GROUP_MEMBERS = Gauge("kafka_consumergroup_members", "Members of the group.", ["consumergroup"])
RECORDS_LOST = Gauge(
    "delight_records_lost",
    "Records that retention deleted before the group read them; until the group has gone on behind them.",
    ["consumergroup", "topic", "partition"],
)
QUEUE_DEPTH = Gauge(
    "delight_queue_depth",
    "What waits for the job type: unread records, retries included, and due outbox rows.",
    ["job_type"],
)
JOB_OLDEST_AGE = Gauge(
    "delight_job_oldest_age_seconds", "How long the oldest unhandled event has waited.", ["job_type"]
)
MONITOR_MEASURED = Gauge(
    "delight_monitor_measured_timestamp_seconds", "When the monitor last measured this part of the system.", ["source"]
)
ALERTS_FIRING = Gauge("delight_alerts_firing", "Alerts that fire now, by the monitor's own rules.", ["rule"])

HTTP_REQUESTS = Counter("delight_http_requests", "Answered requests.", ["method", "route", "status"])
HTTP_DURATION = Histogram(
    "delight_http_request_duration_seconds",
    "From a request's arrival to the first byte of its answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SSE_STREAMS = Gauge("delight_sse_streams", "SSE streams that are open.")
SSE_CUT_OFF = Counter("delight_sse_slow_readers", "SSE readers that were cut off because they fell too far behind.")
