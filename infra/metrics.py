"""Every metric of the platform, in one catalogue. Base units, and no person as a label."""

from prometheus_client import Counter, Gauge

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
JOBS_RUNNING = Gauge("delight_jobs_running", "Jobs whose agent runs now.", ["job_type"])
TOKENS = Counter("delight_tokens", "Tokens of chat models.", ["job_type", "direction"])
SETTLEMENT_BATCH = BatchHistogram(
    "delight_settlement_batch_jobs", "Jobs per settlement.", "job_type", buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500)
)
OUTBOX_PENDING = Gauge("delight_outbox_pending", "Outbox rows, due or not.")
OUTBOX_OLDEST_DUE = Gauge("delight_outbox_oldest_due_seconds", "How long the oldest due outbox row has waited.")
OUTBOX_PUBLISHED = Counter("delight_outbox_published", "Outbox rows that the relay published.")
DEAD_LETTERS = Gauge("delight_dead_letters", "Entries of the dead-letter stream.")
