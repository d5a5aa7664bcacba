"""The edge as a process: it says why it cannot start, and stops when asked, streams included."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from api.auth import mint_development_token
from api.server import listen
from infra.exceptions import ConfigurationError
from infra.settings import PREFIX, Settings
from tests.support.sse import open_stream

RUN = """
from infra.logging import configure_logging
from infra.settings import load_settings
from api.server import run_api
settings = load_settings()
configure_logging(settings, process="api")
run_api(settings, ())
"""


def environment(settings: Settings) -> dict[str, str]:
    names = ("kafka_bootstrap_servers", "kafka_topic_prefix", "database_url", "redis_url", "environment")
    values = {f"{PREFIX}{name.upper()}": str(getattr(settings, name)) for name in names}
    assert settings.auth_development_secret is not None
    secret = settings.auth_development_secret.get_secret_value()
    return {**os.environ, **values, f"{PREFIX}AUTH_DEVELOPMENT_SECRET": secret, f"{PREFIX}API_PORT": "0"}


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_and_its_streams(
    settings: Settings, topics: None, redis: Redis, user_id: str, stop: signal.Signals
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, env=environment(settings), cwd=Path.cwd(), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(180):
            port = None
            while port is None:
                line = (await process.stderr.readline()).decode()
                assert line, "the process ended"
                port = re.search(r"api\.listening.*port=(\d+)", line)
        headers = {"Authorization": f"Bearer {mint_development_token(settings, user_id)}"}
        url = f"http://127.0.0.1:{port[1]}"
        async with (
            httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client,
            open_stream(client, "/api/v1/sse/updates") as stream,
        ):
            process.send_signal(stop)
            assert await stream.next() is None
        async with asyncio.timeout(60):
            remaining = (await process.stderr.read()).decode()
            assert await process.wait() == 0
        assert "Traceback" not in remaining
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_an_address_that_is_taken_is_named(settings: Settings) -> None:
    with listen(settings) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}"):
            listen(settings.model_copy(update={"api_port": port}))
