"""Producer spans: one for each record that FastStream publishes, its context in the record's `traceparent` header."""

from typing import Any

from faststream.kafka.opentelemetry.provider import KafkaTelemetrySettingsProvider
from faststream.kafka.response import KafkaPublishCommand
from faststream.opentelemetry.middleware import TelemetryMiddleware
from opentelemetry.semconv.trace import SpanAttributes

from infra.tracing import tracer_provider


class _WithoutKeys(KafkaTelemetrySettingsProvider):
    """Attributes of a publish but for the record's key, which is a person's id."""

    def get_publish_attrs_from_cmd(self, cmd: KafkaPublishCommand) -> dict[str, Any]:
        attributes = super().get_publish_attrs_from_cmd(cmd)
        attributes.pop(SpanAttributes.MESSAGING_KAFKA_MESSAGE_KEY, None)
        return attributes


def publish_spans() -> list[TelemetryMiddleware[KafkaPublishCommand]]:
    """The middleware of a broker that makes them; none without tracing."""
    provider = tracer_provider()
    if provider is None:
        return []
    return [TelemetryMiddleware(settings_provider_factory=lambda _message: _WithoutKeys(), tracer_provider=provider)]
