"""What is published, counted in the series of `faststream.prometheus` under the same names.

FastStream's middleware makes an object for each record and looks up three series by their labels; here each topic has its
series at hand.
"""

from faststream.prometheus.container import MetricsContainer
from faststream.prometheus.types import PublishingStatus
from prometheus_client import CollectorRegistry, Counter, Histogram

_LABELS = {"app_name": "faststream", "broker": "kafka"}


class PublishMetrics:
    """The series of one broker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._metrics = MetricsContainer(registry, metrics_prefix="faststream", custom_label_names=())
        self._of_topic: dict[str, tuple[Counter, Histogram]] = {}

    def of(self, topic: str) -> tuple[Counter, Histogram]:
        """What was published to `topic`, and how many seconds each publish took."""
        return self._of_topic.get(topic) or self._begin(topic)

    def count_failure(self, topic: str, error: Exception) -> None:
        labels = _LABELS | {"destination": topic}
        self._metrics.published_messages_exceptions_total.labels(**labels, exception_type=type(error).__name__).inc()
        self._metrics.published_messages_total.labels(**labels, status=PublishingStatus.error.value).inc()

    def _begin(self, topic: str) -> tuple[Counter, Histogram]:
        labels = _LABELS | {"destination": topic}
        series = (
            self._metrics.published_messages_total.labels(**labels, status=PublishingStatus.success.value),
            self._metrics.published_messages_duration_seconds.labels(**labels),
        )
        self._of_topic[topic] = series
        return series
