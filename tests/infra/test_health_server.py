"""Health and metrics of a process: what its probes say, and a sentence when the port is taken."""

import socket

import httpx
import pytest

from infra.exceptions import ConfigurationError
from infra.health_server import serve_health
from infra.settings import Settings
from tests.support.waiting import until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def well() -> dict[str, str]:
    return {}


async def unwell() -> dict[str, str]:
    return {"kafka": "no broker answers"}


async def test_probes_and_metrics_are_served() -> None:
    port = free_port()
    async with (
        serve_health(Settings(metrics_port=port), alive=well, ready=unwell),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        alive = await client.get("/livez")
        ready = await client.get("/readyz")
        metrics = await client.get("/metrics")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok", "problems": {}})
    assert ready.status_code == 503
    assert ready.json() == {"status": "unavailable", "problems": {"kafka": "no broker answers"}}
    assert "python_info" in metrics.text


async def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port} .*DELIGHT_METRICS_PORT"):
            async with serve_health(Settings(metrics_port=port), alive=well, ready=well):
                pass


async def test_the_port_is_free_again_afterwards() -> None:
    port = free_port()
    for _ in range(2):
        async with serve_health(Settings(metrics_port=port), alive=well, ready=well):
            pass
    assert await until(lambda: is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
