"""What an operator is woken for: every rule as data. `infra/deploy/prometheus/alerts.yml` says the same to Prometheus.

A rule looks at one metric of the catalogue and fires for each subject (the value of one label) that is above its
threshold. `docs/operations.md` says under each rule's name what it means and what to do.
"""

from dataclasses import dataclass
from datetime import timedelta

from schemas.alerts import Severity


@dataclass(frozen=True, slots=True)
class AlertRule:
    """Fires when `metric` is above `above`; `label` names the subject, none when it is the system.

    It stays on for `keep_firing` after the last time it was true: a number that dances around its threshold is one
    alert. `summary` may mention `{subject}` and `{value}`.
    """

    name: str
    metric: str
    label: str | None
    above: float
    severity: Severity
    summary: str
    keep_firing: timedelta = timedelta()

    def __post_init__(self) -> None:
        if self.keep_firing < timedelta():
            raise ValueError("keep_firing must not be negative")
        self.summary.format(subject="", value="")

    def summarise(self, subject: str, value: float) -> str:
        return self.summary.format(subject=subject, value=f"{value:.0f}")


ALERT_RULES: tuple[AlertRule, ...] = (
    AlertRule(
        name="queue-depth",
        metric="delight_queue_depth",
        label="job_type",
        above=1000,
        severity=Severity.WARNING,
        summary="{value} events wait for {subject}; more than 1000 is too many.",
        keep_firing=timedelta(seconds=30),
    ),
    AlertRule(
        name="job-age",
        metric="delight_job_oldest_age_seconds",
        label="job_type",
        above=300,
        severity=Severity.WARNING,
        summary="An event has waited {value} s for {subject}; more than five minutes is too long.",
        keep_firing=timedelta(seconds=30),
    ),
    AlertRule(
        name="dead-letters-growing",
        metric="delight_new_dead_jobs",
        label="job_type",
        above=0,
        severity=Severity.WARNING,
        summary="{value} jobs of {subject} died within ten minutes.",
    ),
    AlertRule(
        name="critical-failure",
        metric="delight_critical_dead_jobs",
        label="job_type",
        above=0,
        severity=Severity.CRITICAL,
        summary="{value} jobs of {subject}, which is critical, are dead and wait for an operator.",
    ),
    AlertRule(
        name="breaker-open",
        metric="delight_breaker_state",
        label="job_type",
        above=1,
        severity=Severity.CRITICAL,
        summary="The circuit breaker of {subject} is open: nearly everything it tries fails, so it has stopped trying.",
        # An open breaker probes now and then; half-open in between is no recovery.
        keep_firing=timedelta(minutes=1),
    ),
    AlertRule(
        name="ledger-unaccounted",
        metric="delight_ledger_unaccounted",
        label=None,
        above=0,
        severity=Severity.CRITICAL,
        summary="{value} events that were accepted or caused are neither done nor on their way: they are lost.",
    ),
    AlertRule(
        name="relay-stalled",
        metric="delight_outbox_oldest_due_seconds",
        label=None,
        above=60,
        severity=Severity.CRITICAL,
        summary="An outbox row has been due for {value} s: the relay does not publish.",
    ),
    AlertRule(
        name="records-lost",
        metric="delight_records_lost",
        label="consumergroup",
        above=0,
        severity=Severity.CRITICAL,
        summary="Retention deleted {value} records before {subject} had read them.",
    ),
)
