"""What the log is told of a settled batch: which jobs run again, when, and why. Of dead ones operators are alerted elsewhere."""

from collections.abc import Sequence

import structlog

from consumers.runtime.outcome import Retry, Snooze
from consumers.runtime.settlement import Settled

log = structlog.get_logger(__name__)


def log_settled(job_type: str, batch: Sequence[Settled]) -> None:
    """A line for each job that is to run again. What its error says may quote a person, and is in the history."""
    for settled in batch:
        outcome = settled.outcome
        if isinstance(outcome, (Retry, Snooze)):
            facts = {
                "job_type": job_type,
                "delay_s": round(outcome.after.total_seconds(), 3),
                "error_type": outcome.failure.type,
                **settled.delivery.facts(),
            }
            if isinstance(outcome, Retry):
                log.warning("job.retry_scheduled", **facts)
            else:
                log.info("job.snoozed", **facts)
