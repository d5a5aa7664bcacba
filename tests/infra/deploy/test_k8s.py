"""The Kubernetes files fit each other and the code: references, settings, groups, partitions, and no rights for pods."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from consumers.registry import CONSUMERS
from infra.settings import PREFIX, Settings

K8S = Path(__file__).parents[3] / "infra" / "deploy" / "k8s"
BASE, EXAMPLE = K8S / "base", K8S / "overlays" / "example"
GROUPS = [consumer.name for consumer in CONSUMERS]
WORKLOADS = {"Deployment", "StatefulSet", "Job"}
VARIABLES = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
WEB_SETTINGS = Path(__file__).parents[3] / "frontend" / "src" / "lib" / "server" / "settings.ts"


def read(path: Path) -> list[Any]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document is not None]


def kustomization(folder: Path) -> Any:
    [document] = read(folder / "kustomization.yaml")
    return document


def resources(folder: Path) -> list[Any]:
    """The resources of a folder with its patches applied, as Kustomize does it."""
    found: list[Any] = []
    asked = kustomization(folder)
    for name in asked["resources"]:
        path = (folder / name).resolve()
        found += resources(path) if path.is_dir() else read(path)
    for patch in asked.get("patches", ()):
        [operations] = read(folder / patch["path"])
        for resource in found:
            if _is_meant(resource, patch["target"]):
                for operation in operations:
                    _apply(resource, operation)
    return found


def _is_meant(resource: Any, target: dict[str, str]) -> bool:
    kind, name = target.get("kind", ".*"), target.get("name", ".*")
    return bool(re.fullmatch(kind, resource["kind"]) and re.fullmatch(name, resource["metadata"]["name"]))


def _apply(resource: Any, operation: dict[str, Any]) -> None:
    *parents, last = operation["path"].strip("/").split("/")
    place = resource
    for step in parents:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if operation["op"] == "replace":
        assert last in place, operation
    place[last] = operation["value"]


@pytest.fixture(scope="module")
def base() -> list[Any]:
    return resources(BASE)


def of_kind(found: list[Any], *kinds: str) -> dict[str, Any]:
    return {one["metadata"]["name"]: one for one in found if one["kind"] in kinds}


def pods(found: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    for name, workload in of_kind(found, *WORKLOADS).items():
        pod = workload["spec"]["template"]["spec"]
        for container in pod["containers"]:
            yield name, pod, container


def literals(folder: Path, name: str = "delight-settings") -> dict[str, str]:
    [settings] = [one for one in kustomization(folder)["configMapGenerator"] if one["name"] == name]
    return dict(line.split("=", 1) for line in settings["literals"])


def test_every_file_is_used_and_every_used_file_is_there() -> None:
    for folder in (BASE, EXAMPLE):
        asked = kustomization(folder)
        named = {*asked["resources"], *(patch["path"] for patch in asked.get("patches", ()))}
        assert all((folder / name).exists() for name in named)
        there = {str(path.relative_to(folder)) for path in folder.rglob("*.yaml")} - {"kustomization.yaml"}
        assert there == {name for name in named if (folder / name).is_file()}


def test_names_are_unique(base: list[Any]) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in resources(EXAMPLE)]
    assert len(names) == len(set(names)) > len(GROUPS) * 3


def test_what_is_referred_to_exists(base: list[Any]) -> None:
    everything = resources(EXAMPLE)
    known = {(one["kind"], one["metadata"]["name"]) for one in everything}
    maps = {one["name"] for one in kustomization(BASE)["configMapGenerator"]}
    secrets = {one["name"] for one in kustomization(EXAMPLE)["secretGenerator"]}
    for one in everything:
        if (target := one["spec"].get("scaleTargetRef") if "spec" in one else None) is not None:
            assert (target["kind"], target["name"]) in known
        if one["kind"] == "StatefulSet":
            assert ("Service", one["spec"]["serviceName"]) in known
        if one["kind"] == "Ingress":
            for rule in one["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    service = path["backend"]["service"]
                    ports = of_kind(everything, "Service")[service["name"]]["spec"]["ports"]
                    assert service["port"]["name"] in {port["name"] for port in ports}
    for _, pod, container in pods(everything):
        for source in container["envFrom"]:
            assert source.get("configMapRef", source.get("secretRef"))["name"] in maps | secrets
        volumes = {volume["name"] for volume in pod.get("volumes", ())}
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_selectors_find_their_pods(base: list[Any]) -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in of_kind(base, *WORKLOADS).values()]
    for one in base:
        selector = one.get("spec", {}).get("selector") or one.get("spec", {}).get("podSelector")
        wanted = (selector or {}).get("matchLabels", selector or {})
        if wanted:
            assert any(wanted.items() <= found.items() for found in labels), one["metadata"]["name"]


def test_every_variable_is_a_setting(base: list[Any]) -> None:
    secrets = dict(
        line.split("=", 1) for line in (EXAMPLE / "secrets.env").read_text().splitlines() if line.startswith(PREFIX)
    )
    named = {*literals(BASE), *literals(EXAMPLE), *secrets}
    for _, _, container in pods(base):
        named |= {variable["name"] for variable in container.get("env", ())}
    assert named - VARIABLES == set()
    # The settings of the example are ones that a process starts with.
    values = literals(BASE) | literals(EXAMPLE) | secrets
    given = {name.removeprefix(PREFIX).lower(): value for name, value in values.items()}
    settings = Settings(**given)  # type: ignore[arg-type]
    settings.require_authentication()
    assert not settings.in_development


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_has_its_workers_and_they_scale_with_its_lag(base: list[Any], group: str) -> None:
    name = f"worker-{group}"
    [container] = of_kind(base, "StatefulSet")[name]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["worker", group]
    [instance] = container["env"]
    assert instance["name"] == f"{PREFIX}WORKER_INSTANCE_ID"
    assert instance["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    scaled = of_kind(base, "ScaledObject")[name]["spec"]
    assert 1 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"]
    assert scaled["maxReplicaCount"] <= int(literals(BASE)[f"{PREFIX}KAFKA_PARTITIONS"])
    consumer = next(consumer for consumer in CONSUMERS if consumer.name == group)
    triggers = [trigger["metadata"] for trigger in scaled["triggers"]]
    assert {trigger["topic"] for trigger in triggers} == {*(e.type for e in consumer.events), f"{group}.retry"}
    for trigger in triggers:
        assert (trigger["consumerGroup"], trigger["excludePersistentLag"]) == (group, "true")
        assert int(trigger["lagThreshold"]) > 0


def test_there_are_no_workers_of_unknown_groups(base: list[Any]) -> None:
    assert set(of_kind(base, "StatefulSet")) == set(of_kind(base, "ScaledObject")) == {f"worker-{g}" for g in GROUPS}


def test_the_other_processes(base: list[Any]) -> None:
    deployments = of_kind(base, "Deployment")
    assert set(deployments) == {"api", "relay", "scheduler", "monitor", "web"}
    assert deployments["relay"]["spec"]["replicas"] == 2
    for name in deployments.keys() - {"web"}:
        deployment = deployments[name]
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        assert container["args"] == [name]
    assert set(of_kind(base, "PodDisruptionBudget")) == set(of_kind(base, "Deployment", "StatefulSet"))
    assert set(of_kind(base, "Job")) == {"migrate"}


def test_the_web_has_settings_of_its_own_and_none_of_the_platforms_secrets(base: list[Any]) -> None:
    [container] = of_kind(base, "Deployment")["web"]["spec"]["template"]["spec"]["containers"]
    sources = [source.get("configMapRef", source.get("secretRef"))["name"] for source in container["envFrom"]]
    assert sources == ["delight-web-settings", "delight-web-secrets"]
    assert container["image"] == "delight-web"
    secrets = dict(line.split("=", 1) for line in (EXAMPLE / "web-secrets.env").read_text().splitlines())
    given = {*literals(BASE, "delight-web-settings"), *literals(EXAMPLE, "delight-web-settings"), *secrets}
    source = WEB_SETTINGS.read_text()
    known = set(re.findall(rf"^\s+({PREFIX}[A-Z_]+): ", source, re.MULTILINE))
    assert given - known == set()
    # What it refuses to start without in production.
    required = set(re.findall(rf"^\s+({PREFIX}[A-Z_]+): settings\.", source, re.MULTILINE))
    assert required
    assert required - given == set()


def test_the_web_reaches_the_api_and_is_reached_from_outside(base: list[Any]) -> None:
    policies = of_kind(base, "NetworkPolicy")
    web = {"podSelector": {"matchLabels": {"app.kubernetes.io/component": "web"}}}
    api = {"podSelector": {"matchLabels": {"app.kubernetes.io/component": "api"}}}
    outside = {"namespaceSelector": {"matchLabels": {"delight/ingress": "true"}}}
    assert policies["web"]["spec"]["podSelector"] == web["podSelector"]
    assert policies["web"]["spec"]["ingress"] == [{"from": [outside], "ports": [{"port": 3000}]}]
    assert policies["web"]["spec"]["egress"] == [{"to": [api], "ports": [{"port": 8000}]}]
    assert policies["api"]["spec"]["ingress"] == [{"from": [outside, web], "ports": [{"port": 8000}]}]


def test_pods_are_watched_and_have_no_rights(base: list[Any]) -> None:
    for name, pod, container in pods(base):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} <= set(container["resources"])
        if name == "migrate":
            continue
        ports = {port["name"] for port in container["ports"]}
        for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz"), ("startupProbe", "/livez")):
            assert container[probe]["httpGet"]["path"] == path
            assert container[probe]["httpGet"]["port"] in ports
        assert pod["terminationGracePeriodSeconds"] > Settings().worker_drain_timeout.total_seconds()
