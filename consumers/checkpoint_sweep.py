"""Removes checkpoints whose time has come: those of jobs that died, were cancelled, or ran on after they were settled."""

import asyncio
import random
from datetime import timedelta
from typing import NoReturn

import structlog

from infra.database import SessionFactory
from services.checkpoint_service import sweep_checkpoints

log = structlog.get_logger(__name__)

# Seconds. Every worker sweeps; the jitter keeps them from doing it at the same moment.
_EVERY = 3600.0


async def sweep_regularly(sessions: SessionFactory, older_than: timedelta) -> NoReturn:
    """Sweep soon after the start and then about hourly, until cancelled."""
    while True:
        await asyncio.sleep(random.uniform(0.01, 0.1) * _EVERY)  # noqa: S311 - jitter
        try:
            async with sessions() as session, session.begin():
                removed = await sweep_checkpoints(session, older_than)
        except Exception as error:  # noqa: BLE001 - whatever it was, an hour later is soon enough
            log.warning("checkpoints.sweep_failed", error=repr(error)[:500])
        else:
            if removed:
                log.info("checkpoints.swept", threads=removed)
        await asyncio.sleep(_EVERY)
