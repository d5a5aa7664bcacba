"""The metrics of several processes as one page, in which the label `process` says whose each sample is."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector


def merge_metrics(pages: Mapping[str, str], *, own: Iterable[Metric] = ()) -> bytes:
    """One page of the `pages` of processes, by their names, and of `own` metrics, which have the label already."""
    merged = _Merged()
    for metric in own:
        merged.add(metric, {})
    for process, page in pages.items():
        for metric in text_string_to_metric_families(page):
            merged.add(metric, {"process": process})
    registry = CollectorRegistry(auto_describe=False)
    registry.register(merged)
    return generate_latest(registry)


class _Merged(Collector):
    def __init__(self) -> None:
        self._families: dict[str, Metric] = {}

    def add(self, metric: Metric, labels: Mapping[str, str]) -> None:
        family = self._families.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
        family.samples += [sample._replace(labels={**sample.labels, **labels}) for sample in metric.samples]

    def collect(self) -> Iterator[Metric]:
        yield from self._families.values()
