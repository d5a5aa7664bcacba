"""A system's admin API with fixed answers, on a real port: for what a real system would show differently each time."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.alerts import AlertRead, AlertsRead, AlertState, Severity
from schemas.dead_letters import DeadLetterRead
from schemas.job_admin import GroupRead, JobStats, StatsRead
from schemas.jobs import JobError, JobStatus
from schemas.lag import GroupLag, GroupState, LagSnapshot
from schemas.pages import Page

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
EVENT_ID = UUID("0190a1b2-0000-7000-8000-000000000001")


def lag(job_type: str, depth: int, *, members: int = 2, oldest: float = 0.0, breaker: str = "closed") -> GroupLag:
    return GroupLag(
        job_type=job_type,
        group=job_type,
        state=GroupState.WORKING if members else GroupState.EMPTY,
        members=members,
        lag=depth,
        outbox_due=0,
        depth=depth,
        lost=0,
        oldest_age_seconds=oldest,
        breaker=breaker,
        partitions=[],
    )


def stats(job_type: str, succeeded: int, dead: int) -> JobStats:
    return JobStats(
        job_type=job_type,
        succeeded=succeeded,
        retrying=3,
        dead=dead,
        completion_rate=None,
        average_seconds=0.4,
        p95_seconds=1.25,
        retries=4,
        tokens_in=0,
        tokens_out=0,
        cost=Decimal(0),
    )


def _letter() -> DeadLetterRead:
    return DeadLetterRead(
        id=f"{EVENT_ID}:quest-generation",
        event_id=EVENT_ID,
        job_type="quest-generation",
        event_type="quest.requested",
        user_id="ada",
        request_id=None,
        status=JobStatus.DEAD,
        reason="exhausted",
        # Errors may hold what a terminal would obey.
        error=JobError(type="ModelUnavailable", message="the provider said \x1b[31mno\x1b[0m"),
        fingerprint=None,
        life=1,
        attempts=6,
        accepted_at=NOW - timedelta(hours=3),
        died_at=NOW - timedelta(minutes=90),
        tokens=0,
    )


def _alert() -> AlertRead:
    return AlertRead(
        id=EVENT_ID,
        rule="queue-depth",
        subject="quest-generation",
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        summary="1234 events wait for quest-generation.",
        value=1234,
        threshold=1000,
        since=NOW - timedelta(minutes=4),
    )


def _answers() -> dict[str, str]:
    def groups() -> list[GroupRead]:
        paused = GroupRead(
            group="mission-briefing",
            events=["mission.started"],
            paused=True,
            paused_by="olga",
            paused_at=NOW - timedelta(minutes=12),
            reason="The provider is down until noon.",
        )
        return [GroupRead(group="quest-generation", events=["quest.requested"], paused=False), paused]

    snapshot = LagSnapshot(
        measured_at=NOW - timedelta(seconds=3),
        groups=[lag("quest-generation", 1234, oldest=200, breaker="half_open"), lag("mission-briefing", 0, members=0)],
    )
    models: dict[str, BaseModel] = {
        "/lag": snapshot,
        "/jobs/stats": StatsRead(window_seconds=300, job_types=[stats("quest-generation", 600, 1)]),
        "/dead-letters": Page[DeadLetterRead](items=[_letter()]),
        "/alerts": AlertsRead(firing=[_alert()], resolved=[]),
    }
    listed = ",".join(group.model_dump_json() for group in groups())
    return {path: model.model_dump_json() for path, model in models.items()} | {"/groups": f"[{listed}]"}


@asynccontextmanager
async def admin_app() -> AsyncIterator[str]:
    """The URL of the API while the block runs."""
    answers = _answers()

    async def answer(request: Request) -> Response:
        return Response(answers[request.url.path.removeprefix("/api/v1/admin")], media_type="application/json")

    app = Starlette(routes=[Route(f"/api/v1/admin{path}", answer) for path in answers])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:
            assert not serving.done(), serving.exception()
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
