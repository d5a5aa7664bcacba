"""Run the edge: uvicorn with our configuration, and SSE streams that end when the process is asked to."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Sequence

import structlog
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from infra.exceptions import ConfigurationError
from infra.garbage_collection import tune_garbage_collection
from infra.settings import PREFIX, Settings
from infra.shutdown import shutdown_event
from schemas.jobs import Subscription

log = structlog.get_logger(__name__)

# Grace for requests under way; each of them has a shorter deadline of its own.
SHUTDOWN_SECONDS = 15
# Longer than the idle time-outs of usual load balancers, so that they, not we, close an idle connection.
KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048


class ApiServer(uvicorn.Server):
    """uvicorn waits for open responses before the lifespan ends, and an SSE stream is one that never ends by itself:
    so the hub is closed first. Signals are ours to handle.
    """

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                http="httptools",
                ws="none",
                lifespan="on",
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )
        self._app = app

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.edge.hub.close()
        await super().shutdown(sockets)


def run_api(settings: Settings, subscriptions: Sequence[Subscription]) -> None:
    """Serve until SIGTERM or SIGINT, on uvloop where there is one.

    Raises `ConfigurationError` when no token could be verified or the address cannot be listened on.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve_api(settings, subscriptions))


async def serve_api(settings: Settings, subscriptions: Sequence[Subscription]) -> None:
    """The same inside a running event loop."""
    app = create_app(settings, subscriptions)
    tune_garbage_collection()
    _allow_many_connections()
    with listen(settings) as listener:
        server = ApiServer(app)
        stopping = shutdown_event()
        serving = asyncio.create_task(server.serve([listener]))
        asked_to_stop = asyncio.create_task(stopping.wait())
        host, port = listener.getsockname()[:2]
        log.info("api.listening", host=host, port=port)
        await asyncio.wait({serving, asked_to_stop}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        asked_to_stop.cancel()
        await serving


def listen(settings: Settings) -> socket.socket:
    """The socket of the edge. Raises `ConfigurationError` when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    address = (settings.api_host, settings.api_port)
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"The API cannot listen on {settings.api_host}:{settings.api_port} ({error.strerror}): "
            f"set {PREFIX}API_HOST and {PREFIX}API_PORT."
        ) from error


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - there is none on Windows

    return uvloop.Loop


def _allow_many_connections() -> None:
    """Each stream is a file to the operating system, whose usual soft limit of 1024 is far too low."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - there is none on Windows

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
