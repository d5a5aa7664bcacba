"""`policies`: how each job type is tried, as the running code has it."""

from datetime import timedelta

import typer

from cli.output import JsonOption, print_json, print_table


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Operations", epilog="Example: delight policies --json")(policies)


def policies(as_json: JsonOption = False) -> None:
    """Show every job type: its events, retries, back-off, timeout, and what its exhaustion means."""
    from consumers.registry import CONSUMERS

    if as_json:
        print_json(
            [
                {
                    "job_type": consumer.name,
                    "events": [event.type for event in consumer.events],
                    "retries": consumer.policy.retry.max_retries,
                    "backoff_seconds": [delay.total_seconds() for delay in consumer.policy.retry.delays],
                    "timeout_seconds": consumer.policy.timeout.total_seconds(),
                    "concurrency": consumer.policy.concurrency,
                    "criticality": consumer.policy.criticality.value,
                }
                for consumer in CONSUMERS
            ]
        )
        return
    print_table(
        ["Job type", "Events", "Retries", "Back-off", "Timeout", "Concurrency", "On exhaustion"],
        [
            (
                consumer.name,
                ", ".join(event.type for event in consumer.events),
                consumer.policy.retry.max_retries,
                ", ".join(map(_duration, consumer.policy.retry.delays)) or "none",
                _duration(consumer.policy.timeout),
                consumer.policy.concurrency,
                "dead letter + alert" if consumer.policy.criticality.value == "critical" else "dead letter",
            )
            for consumer in CONSUMERS
        ],
    )


def _duration(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
