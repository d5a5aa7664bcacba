"""Restate: durable execution by its own server, which reads the topic itself and calls this service over HTTP/2."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import restate

from benchmarks.contenders.job import DATABASE_URL, INSERT

service = restate.Service("Bench")


class Pool:
    current: asyncpg.Pool | None = None


async def save(identifier: str, event: dict[str, Any]) -> None:
    if Pool.current is None:
        Pool.current = await asyncpg.create_pool(DATABASE_URL, min_size=4, max_size=10)
    await Pool.current.execute(INSERT, UUID(identifier), event["user_id"], event["number"])


@service.handler()
async def handle(context: restate.Context, event: dict[str, Any]) -> None:
    identifier = str(uuid5(UUID(int=0), context.request().id))
    await context.run_typed("save", save, restate.RunOptions(max_duration=timedelta(seconds=30)), identifier, event)


app = restate.app([service])
