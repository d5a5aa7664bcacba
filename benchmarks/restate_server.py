"""Restate's server, with the service registered and subscribed to the topic."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import httpx

from benchmarks.catalogue import RESTATE
from benchmarks.process import MeasuredProcess, ProcessFailed, running
from benchmarks.system import BenchSystem, free_port

PATIENCE = 60.0


@contextlib.contextmanager
def restate_running(system: BenchSystem, *, service_port: int) -> Iterator[MeasuredProcess]:
    """The server while the block runs. Raises `ProcessFailed` when it refuses what it is told."""
    admin, ingress, node = free_port(), free_port(), free_port()
    environment = system.environment() | {
        "RESTATE_BASE_DIR": str(system.folder / "restate"),
        "RESTATE_CLUSTER_NAME": "bench",
        "RESTATE_NODE_NAME": "bench",
        "RESTATE_AUTO_PROVISION": "true",
        "RESTATE_BIND_ADDRESS": f"127.0.0.1:{node}",
        "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{node}/",
        "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
        "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}",
        "RESTATE_LOG_FILTER": "warn",
        "DO_NOT_TRACK": "1",
    }
    with running([[str(RESTATE)]], environment, system.folder) as (server,):
        with httpx.Client(base_url=f"http://127.0.0.1:{admin}", timeout=10) as client:
            _wait(client, server)
            _tell(client, "/deployments", {"uri": f"http://127.0.0.1:{service_port}"})
            _tell(
                client,
                "/kafka-clusters",
                {
                    "name": "bench",
                    "properties": {"bootstrap.servers": system.settings.kafka_bootstrap_servers},
                },
            )
            _tell(
                client,
                "/subscriptions",
                {
                    "source": f"kafka://bench/{system.topic}",
                    "sink": "service://Bench/handle",
                    "options": {"auto.offset.reset": "earliest"},
                },
            )
        yield server


def _wait(client: httpx.Client, server: MeasuredProcess) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        server.check()
        with contextlib.suppress(httpx.HTTPError):
            if client.get("/health").is_success:
                return
        time.sleep(0.2)
    raise ProcessFailed(f"Restate did not answer: {server.last_lines()}")


def _tell(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        response = client.post(path, json=body)
        if response.is_success:
            return
        # The service may still be starting.
        if (response.status_code < 500 and path != "/deployments") or time.monotonic() > deadline:
            raise ProcessFailed(f"Restate refused {path}: {response.status_code} {response.text[:300]}")
        time.sleep(0.5)
