"""The edge as an ASGI application."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api import docs
from api.action_lane import ActionLane
from api.edge import Edge
from api.error_handlers import install_error_handlers
from api.middleware import BodyLimit, ErrorBoundary, RequestContext
from api.request_span import RequestSpan
from api.v1 import (
    admin_actions,
    admin_budgets,
    admin_dead_letters,
    admin_event_types,
    admin_groups,
    admin_jobs,
    admin_monitoring,
    companion,
    cost,
    events,
    goals,
    health,
    jobs,
    me,
    memories,
    missions,
    nudges,
    progress,
    quests,
    sse,
)
from infra.settings import Settings
from infra.tracing import is_tracing
from schemas.jobs import Subscription

_DESCRIPTION = """\
Goals become quests, quests become missions, missions earn essence.

An **action** is answered with 202 once Kafka holds its event; `Location` says where its job is, and the SSE streams tell
what came of it. Send an `Idempotency-Key` to be able to repeat a request safely.

Every error is `{"error": {"type", "message", "code"}, "request_id"}`. The events behind it are described at
[/asyncapi](/asyncapi).
"""
_TAGS = [
    {"name": "goals", "description": "What the person wants."},
    {"name": "quests", "description": "Small real-life proposals."},
    {"name": "missions", "description": "Accepted quests on their way."},
    {"name": "progress", "description": "Essence, streaks and the Daily Consistency Index."},
    {"name": "companion", "description": "Conversations with the characters; answers stream over SSE."},
    {"name": "memories", "description": "What is remembered of the person."},
    {"name": "nudges", "description": "Small messages at the right moment, for who wants them."},
    {"name": "cost", "description": "What the chat models took, and the daily budget."},
    {"name": "me", "description": "The person's clock, export and deletion."},
    {"name": "jobs", "description": "What became of an accepted event."},
    {"name": "sse", "description": "Live streams of frames."},
    {"name": "events", "description": "Events from systems of ours, as CloudEvents."},
    {"name": "admin", "description": "For operators."},
    {"name": "health", "description": "For machines."},
]
_MODULES = (
    goals,
    quests,
    missions,
    progress,
    companion,
    cost,
    memories,
    nudges,
    me,
    jobs,
    sse,
    events,
    health,
    admin_budgets,
    admin_dead_letters,
    admin_jobs,
    admin_groups,
    admin_actions,
    admin_event_types,
    admin_monitoring,
)
_EXPOSED_HEADERS = ["Location", "Retry-After", "X-Request-ID"]


class EdgeApp(FastAPI):
    """The framework's application with what stands before it: every request passes `RequestContext`, and a plain action
    is answered by `ActionLane` without passing the framework at all.
    """

    def __init__(self, settings: Settings, **options: Any) -> None:
        super().__init__(
            middleware=[Middleware(ErrorBoundary), Middleware(BodyLimit, max_bytes=settings.max_body_bytes)], **options
        )
        front: ASGIApp = super().__call__
        for layer in reversed(layers(settings)):
            front = layer(front)
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await self._front(scope, receive, send)


def create_app(settings: Settings, subscriptions: Sequence[Subscription]) -> EdgeApp:
    """The edge of a system with these consumer groups.

    Raises `ConfigurationError` when no token could be verified. It starts although Kafka, Postgres or Redis are away:
    requests that need them are refused with 503 until they are there.
    """
    settings.require_authentication()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Edge.open(settings, subscriptions) as edge:
            app.state.edge = edge
            yield

    app = EdgeApp(
        settings,
        title="Delight",
        version="1.0.0",
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    install_error_handlers(app)
    for module in _MODULES:
        app.include_router(module.router)
    docs.mount_assets(app)
    app.include_router(docs.router)
    return app


def _operation_id(route: APIRoute) -> str:
    # The function's name: clients generated from the document keep their names when a path changes.
    return route.name


def layers(settings: Settings) -> list[Callable[[ASGIApp], ASGIApp]]:
    """What stands before the framework, outermost first. CORS stands before the lane, so that a browser may read errors too."""
    stack: list[Callable[[ASGIApp], ASGIApp]] = [
        partial(RequestContext, strict_transport=not settings.in_development),
    ]
    if is_tracing():
        stack.append(RequestSpan)
    if settings.cors_origins:
        stack.append(
            partial(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-ID"],
                expose_headers=_EXPOSED_HEADERS,
                max_age=3600,
            )
        )
    routers = [module.router for module in _MODULES]
    stack.append(partial(ActionLane, routers=routers, max_bytes=settings.max_body_bytes))
    return stack
