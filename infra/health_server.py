"""Health and metrics of a process that is no API: `/livez`, `/readyz` and `/metrics` on a port of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.settings import Settings

log = structlog.get_logger(__name__)

# Problems by name; an empty mapping is health.
Probe = Callable[[], Awaitable[dict[str, str]]]


@contextlib.asynccontextmanager
async def serve_health(settings: Settings, *, alive: Probe, ready: Probe) -> AsyncIterator[None]:
    """Serve while the block runs. `alive` says only whether this process itself is well; `ready` whether it can work."""

    async def respond(probe: Probe) -> Response:
        problems = await probe()
        return JSONResponse(
            {"status": "unavailable" if problems else "ok", "problems": problems}, 503 if problems else 200
        )

    async def livez(_request: Request) -> Response:
        return await respond(alive)

    async def readyz(_request: Request) -> Response:
        return await respond(ready)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    app = Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.metrics_host,
            port=settings.metrics_port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    # The process decides about its own signals.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=3)
        serving.cancel()
