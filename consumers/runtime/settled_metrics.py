"""What the metrics are told of a settled batch."""

import time
from collections.abc import Sequence

from consumers.runtime.job_rows import status_of, tokens_of
from consumers.runtime.outcome import Completed, Duplicate, Outcome
from consumers.runtime.settlement import Settled
from infra.metrics import COST, JOB_ATTEMPTS, JOB_DURATION, JOB_LATENCY, JOBS, SETTLEMENT_BATCH, TOKENS
from schemas.jobs import FINAL_STATUSES


def observe_settled(job_type: str, batch: Sequence[Settled]) -> None:
    """Count these jobs, their durations, their tokens and what those cost."""
    now = time.time()
    durations: list[float] = []
    latencies: list[float] = []
    attempts: list[float] = []
    counts: dict[type[Outcome], int] = {}
    tokens_in = tokens_out = 0
    for settled in batch:
        delivery, outcome = settled.delivery, settled.outcome
        kind = type(outcome)
        counts[kind] = counts.get(kind, 0) + 1
        if kind is Duplicate:
            continue
        if delivery.started is not None:
            durations.append(now - delivery.started)
        if kind is Completed or status_of(outcome) in FINAL_STATUSES:
            latencies.append(now - delivery.accepted)
            attempts.append(delivery.attempt)
        if delivery.usage is not None and delivery.usage.counted:
            _, spent_in, spent_out = tokens_of(delivery)
            tokens_in += spent_in
            tokens_out += spent_out
            for spend in delivery.usage.spends():
                COST.labels(job_type, spend.model).inc(float(spend.cost))
    SETTLEMENT_BATCH.observe(job_type, [len(batch)])
    JOB_DURATION.observe(job_type, durations)
    JOB_LATENCY.observe(job_type, latencies)
    JOB_ATTEMPTS.observe(job_type, attempts)
    for kind, count in counts.items():
        JOBS.labels(job_type, kind.__name__.lower()).inc(count)
    if tokens_in or tokens_out:
        TOKENS.labels(job_type, "in").inc(tokens_in)
        TOKENS.labels(job_type, "out").inc(tokens_out)
