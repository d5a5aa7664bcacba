"""Health and metrics, for machines: no token, no envelope of a person."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.dependencies import TheEdge
from api.readiness import find_problems
from api.responses import Responses

router = APIRouter(tags=["health"])


class HealthRead(BaseModel):
    status: str = Field(examples=["ok"])
    problems: dict[str, str] = Field(default_factory=dict, description="What is missing, by name.")


_READY: Responses = {503: {"model": HealthRead, "description": "Something that requests need is away; it is named."}}
_METRICS: Responses = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text."}
}


@router.get("/livez", summary="Whether this process runs")
async def livez() -> HealthRead:
    return HealthRead(status="ok")


@router.get("/readyz", summary="Whether Kafka, PostgreSQL and Redis answer", responses=_READY)
async def readyz(edge: TheEdge, response: Response) -> HealthRead:
    problems = await find_problems(edge)
    response.status_code = 503 if problems else 200
    return HealthRead(status="unavailable" if problems else "ok", problems=problems)


@router.get("/metrics", summary="Metrics of this process", response_class=Response, responses=_METRICS)
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
