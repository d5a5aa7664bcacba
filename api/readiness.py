"""Readiness: whether what requests need answers within a short deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from api.edge import Edge
from infra.database import ping

DEADLINE = timedelta(seconds=2)


async def find_problems(edge: Edge) -> dict[str, str]:
    """What does not answer, by name, with the reason; empty when everything does."""
    checks: dict[str, Callable[[], Awaitable[None]]] = {
        "kafka": lambda: _ask_kafka(edge),
        "postgres": lambda: _ask_postgres(edge),
        "redis": lambda: _ask_redis(edge),
    }
    reasons = await asyncio.gather(*(_reason(check) for check in checks.values()))
    return {name: reason for name, reason in zip(checks, reasons, strict=True) if reason is not None}


async def _reason(check: Callable[[], Awaitable[None]]) -> str | None:
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            await check()
    except TimeoutError:
        return f"no answer within {DEADLINE.total_seconds():g} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer; its text may name hosts and users
        return type(error).__name__
    return None


async def _ask_kafka(edge: Edge) -> None:
    if not await edge.publisher.ping(DEADLINE.total_seconds()):
        raise TimeoutError


async def _ask_postgres(edge: Edge) -> None:
    await ping(edge.engine)


async def _ask_redis(edge: Edge) -> None:
    await edge.redis.ping()
