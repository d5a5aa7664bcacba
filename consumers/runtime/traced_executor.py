"""The executor where traces are wanted: one span per delivery, in the trace of the request that its event came from.

A delivery is one message, so its span is a child of the event's context, and is linked to the producer span of the very
record (a retry's is another one than the event's).
"""

from opentelemetry.trace import Link, SpanKind, Status, StatusCode, get_current_span

from consumers.runtime.delivery import Delivery
from consumers.runtime.executor import Executor
from consumers.runtime.outcome import Dead, Outcome, Retry
from infra.agent_spans import agent_spans
from infra.tracing import context_of, get_tracer


class TracedExecutor(Executor):
    """Takes the place of `Executor` in a worker that traces; one that does not never loads a span."""

    async def execute(self, delivery: Delivery) -> Outcome:
        record, envelope = delivery.record, delivery.envelope
        with get_tracer().start_as_current_span(
            f"process {self._consumer.name}",
            context=context_of(envelope.traceparent if envelope is not None else None),
            kind=SpanKind.CONSUMER,
            links=_links(delivery),
            # What an error says may quote a person.
            record_exception=False,
            set_status_on_exception=False,
            attributes={
                "messaging.system": "kafka",
                "messaging.operation.type": "process",
                "messaging.operation.name": "process",
                "messaging.destination.name": record.topic,
                "messaging.destination.partition.id": str(record.partition),
                "messaging.consumer.group.name": self._consumer.name,
                "messaging.kafka.offset": record.offset,
                "messaging.message.id": str(delivery.job_id),
                "delight.attempt": delivery.attempt,
                "delight.delivery": delivery.number,
                "delight.life": delivery.life,
            },
        ) as span:
            delivery.span = span.get_span_context()
            with agent_spans():
                outcome = await super().execute(delivery)
            span.set_attribute("delight.outcome", type(outcome).__name__.lower())
            if isinstance(outcome, Dead | Retry):
                span.set_status(Status(StatusCode.ERROR, outcome.failure.type))
                span.set_attribute("error.type", outcome.failure.type)
            return outcome


def _links(delivery: Delivery) -> list[Link]:
    raw = next((raw for name, raw in delivery.record.headers if name == "traceparent" and raw), b"")
    context = get_current_span(context_of(raw.decode("ascii", "replace"))).get_span_context()
    return [Link(context)] if context.is_valid else []
