"""The least that an edge can do: Starlette and aiokafka, answering 202 after `acks=all`. Nothing is checked or counted."""

import contextlib
import json
import os
from collections.abc import AsyncIterator
from uuid import uuid4

import uvicorn
from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.kafka import client_options
from infra.settings import load_settings

settings = load_settings()
TOPIC = f"{settings.kafka_topic_prefix}quest.requested"


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with AIOKafkaProducer(**client_options(settings), acks="all", enable_idempotence=False) as producer:
        app.state.producer = producer
        yield


async def accept(request: Request) -> Response:
    body = await request.json()
    identifier = str(uuid4())
    event = {"id": identifier, "type": "quest.requested", "data": body, "padding": "x" * 300}
    await request.app.state.producer.send_and_wait(TOPIC, json.dumps(event).encode(), key=identifier.encode())
    return JSONResponse({"job_id": identifier}, 202, headers={"Location": f"/api/v1/jobs/{identifier}"})


app = Starlette(routes=[Route("/api/v1/quests/request", accept, methods=["POST"])], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(os.environ["DELIGHT_API_PORT"]),
        http="httptools",
        loop="uvloop",
        ws="none",
        access_log=False,
        log_level="warning",
    )
