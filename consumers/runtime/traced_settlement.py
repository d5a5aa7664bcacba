"""The settlement where traces are wanted: one span per transaction, linked to the span of each job that it settles.

The jobs of a batch belong to many traces, so the span belongs to none of them: it begins its own, and the links lead there.
"""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from consumers.runtime.outcome import Duplicate
from consumers.runtime.settlement import Settled, Settlement
from infra.tracing import get_tracer


class TracedSettlement(Settlement):
    """Takes the place of `Settlement` in a worker that traces."""

    async def commit(self, batch: Sequence[Settled]) -> None:
        spans = [settled.delivery.span for settled in batch if settled.delivery.span is not None]
        links = [Link(span) for span in spans if span.trace_flags.sampled]
        if not links:
            # Of jobs that nobody keeps the traces of.
            await super().commit(batch)
            return
        with get_tracer().start_as_current_span(
            f"settle {self._consumer.name}",
            context=Context(),
            kind=SpanKind.CLIENT,
            links=links,
            # What an error says may quote a person.
            record_exception=False,
            set_status_on_exception=False,
            attributes={
                "messaging.system": "kafka",
                "messaging.operation.type": "settle",
                "messaging.operation.name": "settle",
                "messaging.consumer.group.name": self._consumer.name,
                "messaging.batch.message_count": len(batch),
            },
        ) as span:
            try:
                await super().commit(batch)
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                span.set_attribute("error.type", type(error).__qualname__)
                raise
            duplicates = sum(isinstance(settled.outcome, Duplicate) for settled in batch)
            span.set_attribute("delight.duplicates", duplicates)
