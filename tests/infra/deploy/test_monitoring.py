"""Dashboards and alerting rules ask only for what the processes say, and the rules are those of the monitor."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import infra.metrics
from infra.histogram import BatchHistogram
from infra.kafka import create_broker
from infra.settings import Settings
from services.alert_rules import ALERT_RULES
from tests.support.promql import labels_of, metrics_of

REPOSITORY = Path(__file__).parents[3]
PROMETHEUS = REPOSITORY / "infra" / "deploy" / "prometheus"
GRAFANA = REPOSITORY / "infra" / "deploy" / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
# What Prometheus itself knows of each target, and adds to each sample.
FROM_PROMETHEUS = frozenset({"up"})
TARGET_LABELS = frozenset({"job", "instance"})
# Rules that only Prometheus can judge: they watch the monitor.
WATCHDOGS = frozenset({"monitor-silent", "process-down"})
SUFFIXES = {"counter": ("_total", "_created"), "histogram": ("_bucket", "_count", "_sum", "_created")}

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian package prometheus)"
)


@pytest.fixture(scope="module")
def catalogue() -> dict[str, set[str]]:
    """Every sample's name with its labels: ours, FastStream's and those of the process."""
    assert infra.metrics.JOBS is not None
    create_broker(Settings())
    labels: dict[str, set[str]] = {}
    for collector in list(REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase):
            labels[collector._name] = set(collector._labelnames)
        elif isinstance(collector, BatchHistogram):
            labels[collector.name] = {collector._label}
    names: dict[str, set[str]] = {}
    for family in REGISTRY.collect():
        own = labels.get(family.name, set())
        for suffix in SUFFIXES.get(family.type, ("",)):
            names[family.name + suffix] = own | ({"le"} if suffix == "_bucket" else set())
    return names | {name: set() for name in FROM_PROMETHEUS}


def panels(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in document["panels"]:
        yield panel
        yield from panel.get("panels", ())


def expressions(document: dict[str, Any]) -> list[str]:
    found = [target["expr"] for panel in panels(document) for target in panel.get("targets", ())]
    return found + [f"{variable['definition']}" for variable in document["templating"]["list"]]


def alerting_rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def plain(expression: str) -> str:
    """The expression with a value for each of Grafana's variables."""
    return re.sub(r"\$__(?:rate_)?interval", "5m", expression).replace("$", "")


def test_there_is_a_dashboard_for_every_part() -> None:
    assert {path.stem for path in DASHBOARDS} == {"overview", "jobs", "kafka-lag", "edge", "relay", "cost"}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_asks_only_for_what_exists(path: Path, catalogue: dict[str, set[str]]) -> None:
    document = json.loads(path.read_text())
    assert document["uid"] == f"delight-{path.stem}"
    asked = expressions(document)
    assert asked
    for expression in asked:
        if expression.startswith("label_values("):
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", expression).groups()  # type: ignore[union-attr]
            assert label in catalogue[metric], expression
            continue
        metrics = metrics_of(expression)
        assert metrics, expression
        assert metrics - catalogue.keys() == set(), expression
        known = TARGET_LABELS.union(*(catalogue[metric] for metric in metrics))
        assert labels_of(expression) - known == set(), expression


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_laid_out_and_fed_by_the_provisioned_source(path: Path) -> None:
    document = json.loads(path.read_text())
    source = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())
    uid = source["datasources"][0]["uid"]
    everything = list(panels(document))
    assert len({panel["id"] for panel in everything}) == len(everything)
    taken: set[tuple[int, int]] = set()
    for panel in everything:
        assert panel["title"]
        assert panel["datasource"]["uid"] == uid
        box = panel["gridPos"]
        assert box["x"] + box["w"] <= 24
        cells = {(x, y) for x in range(box["x"], box["x"] + box["w"]) for y in range(box["y"], box["y"] + box["h"])}
        assert not taken & cells, panel["title"]
        taken |= cells


def test_prometheus_has_the_monitors_own_rules(catalogue: dict[str, set[str]]) -> None:
    rules = {rule["alert"]: rule for rule in alerting_rules()}
    assert set(rules) == {rule.name for rule in ALERT_RULES} | WATCHDOGS
    for ours in ALERT_RULES:
        theirs = rules[ours.name]
        expression, _, threshold = theirs["expr"].rpartition(" > ")
        assert metrics_of(expression) == {ours.metric}
        assert float(threshold) == ours.above
        assert theirs["labels"] == {"severity": ours.severity.value}
        assert _seconds(theirs.get("keep_firing_for", "0s")) == ours.keep_firing.total_seconds()
        assert "for" not in theirs
        grouped = labels_of(expression.removeprefix("sum by (consumergroup) "))
        assert ours.label is None or ours.label in grouped
        # The same sentence: its value and its subject stand where ours stand.
        sentence = re.sub(r"\{\{ \$value [^}]*\}\}", "{value}", theirs["annotations"]["summary"])
        assert re.sub(r"\{\{ \$labels\.\w+ \}\}", "{subject}", sentence) == ours.summary
    for rule in rules.values():
        assert metrics_of(rule["expr"]) - catalogue.keys() == set()


def test_every_alert_has_its_page_in_the_manual() -> None:
    manual = (REPOSITORY / "docs" / "operations.md").read_text()
    for rule in alerting_rules():
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert']}"
        assert f"### {rule['alert']}\n" in manual


def test_the_reader_of_expressions_reads_them() -> None:
    expression = (
        'sum by (a, le) (rate(one_total{b=~"x{y}",c!="2"}[5m])) / on (d) two_count > bool 3 or absent(three offset 1h)'
    )
    assert metrics_of(expression) == {"one_total", "two_count", "three"}
    assert labels_of(expression) == {"a", "le", "b", "c", "d"}


@needs_promtool
def test_promtool_accepts_the_rules_and_every_expression(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": plain(expression)}
        for number, expression in enumerate(
            expression
            for path in DASHBOARDS
            for expression in expressions(json.loads(path.read_text()))
            if not expression.startswith("label_values(")
        )
    ]
    panel_rules = tmp_path / "panels.yml"
    panel_rules.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    for arguments in (
        ("check", "rules", str(panel_rules)),
        ("check", "config", str(PROMETHEUS / "prometheus.yml")),
        ("test", "rules", str(PROMETHEUS / "alerts_test.yml")),
    ):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def _seconds(duration: str) -> float:
    return float(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]
