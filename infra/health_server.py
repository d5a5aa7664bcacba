"""Health and metrics of a process that is no API: `/livez`, `/readyz` and `/metrics` on a port of its own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.exceptions import ConfigurationError
from infra.settings import Settings

log = structlog.get_logger(__name__)

# Problems by name; an empty mapping is health.
Probe = Callable[[], Awaitable[dict[str, str]]]


async def own_metrics() -> bytes:
    """The metrics of this process, as Prometheus reads them."""
    return generate_latest()


@contextlib.asynccontextmanager
async def serve_health(
    settings: Settings, *, alive: Probe, ready: Probe, metrics: Callable[[], Awaitable[bytes]] = own_metrics
) -> AsyncIterator[None]:
    """Serve while the block runs. `alive` says only whether this process itself is well; `ready` whether it can work.

    Raises `ConfigurationError` when the port cannot be had.
    """
    listening = _listen(settings)

    async def respond(probe: Probe) -> Response:
        problems = await probe()
        return JSONResponse(
            {"status": "unavailable" if problems else "ok", "problems": problems}, 503 if problems else 200
        )

    async def livez(_request: Request) -> Response:
        return await respond(alive)

    async def readyz(_request: Request) -> Response:
        return await respond(ready)

    async def metrics_page(_request: Request) -> Response:
        return Response(await metrics(), media_type=CONTENT_TYPE_LATEST)

    app = Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics_page)])
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    # The process decides about its own signals.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    log.info("health.served", host=settings.metrics_host, port=listening.getsockname()[1])
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=3)
        serving.cancel()
        listening.close()


def _listen(settings: Settings) -> socket.socket:
    # Here and not in uvicorn, which would end the process without a word of ours.
    host, port = settings.metrics_host, settings.metrics_port
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigurationError(
            f"Health and metrics cannot be served on {host}:{port} ({error.strerror or error}). "
            "Set DELIGHT_METRICS_PORT to a free port, or to 0 for any."
        ) from error
