"""A worker obeys its operators: paused groups start nothing, cancelled jobs stop, breakers are told of."""

import asyncio
import contextlib
from collections.abc import Mapping
from uuid import UUID

import structlog
from sqlalchemy import select

from consumers.runtime.breaker import BreakerState
from consumers.runtime.group_runner import GroupRunner
from infra.control import (
    BREAKER_SAID_EVERY,
    WORKER_SAID_EVERY,
    CancelJob,
    PausesChanged,
    control_messages,
    forget_work,
    say_breaker,
    say_work,
)
from infra.database import SessionFactory
from infra.metrics import BREAKER_STATE, GROUP_PAUSED
from infra.redis import RedisClient
from models.group_pause import GroupPauseModel

log = structlog.get_logger(__name__)

# Seconds. A message makes a pause take effect at once; this finds it when the message was lost.
_READ_PAUSES_EVERY = 5.0

_STATE_NUMBERS = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


class WorkerControl:
    """Applies to the runners of one worker what operators decided. `runners` is read anew each time."""

    def __init__(
        self, runners: Mapping[str, GroupRunner], sessions: SessionFactory, redis: RedisClient, *, worker: str
    ) -> None:
        self._runners = runners
        self._sessions = sessions
        self._redis = redis
        self._worker = worker
        self.paused: frozenset[str] = frozenset()
        self.known = False
        """Whether the paused groups were read once."""

    async def run(self) -> None:
        """Obey until cancelled; servers that are away are waited for."""
        await asyncio.gather(
            self._listen(), self._read_pauses_repeatedly(), self._say_breakers_repeatedly(), self._say_work_repeatedly()
        )

    async def end(self) -> None:
        """Let nobody think that this worker is still there."""
        with contextlib.suppress(Exception):
            await forget_work(self._redis, self._worker)

    async def read_pauses(self) -> None:
        """Apply the paused groups as PostgreSQL has them. Raises what the database raises."""
        async with self._sessions() as session:
            self.paused = frozenset((await session.scalars(select(GroupPauseModel.consumer_group))).all())
        self.known = True
        for name, runner in self._runners.items():
            paused = name in self.paused
            if runner.paused != paused:
                log.info("group.paused" if paused else "group.resumed", group=name)
            runner.paused = paused
            GROUP_PAUSED.labels(name).set(paused)

    def breaker_changed(self, group: str, state: BreakerState) -> None:
        """Called by a runner's breaker."""
        BREAKER_STATE.labels(group).set(_STATE_NUMBERS[state])
        level = log.info if state is BreakerState.CLOSED else log.error
        level("breaker.changed", group=group, state=state.value)
        saying = asyncio.create_task(self._say(group, state))
        saying.add_done_callback(lambda task: task.cancelled() or task.exception())

    def _cancel(self, group: str, job_id: UUID) -> None:
        runner = self._runners.get(group)
        if runner is not None and runner.cancel_job(job_id):
            log.info("job.cancelled", group=group, job_id=str(job_id))

    async def _listen(self) -> None:
        while True:
            try:
                async for message in control_messages(self._redis):
                    match message:
                        case CancelJob(group=group, job_id=job_id):
                            self._cancel(group, job_id)
                        case PausesChanged():
                            await self.read_pauses()
            except Exception as error:  # noqa: BLE001 - without messages, pauses are still read from time to time
                log.warning("control.listen_failed", error=repr(error)[:200])
                await asyncio.sleep(1)

    async def _read_pauses_repeatedly(self) -> None:
        while True:
            try:
                await self.read_pauses()
            except Exception as error:  # noqa: BLE001 - the database is away; nothing would start anyway
                log.warning("control.pauses_unknown", error=repr(error)[:200])
            await asyncio.sleep(_READ_PAUSES_EVERY if self.known else 0.5)

    async def _say_breakers_repeatedly(self) -> None:
        while True:
            await asyncio.sleep(BREAKER_SAID_EVERY.total_seconds())
            for name, runner in list(self._runners.items()):
                if runner.breaker.state is not BreakerState.CLOSED:
                    await self._say(name, runner.breaker.state)

    async def _say_work_repeatedly(self) -> None:
        while True:
            groups = {name: (one.running, one.waiting - one.running) for name, one in list(self._runners.items())}
            with contextlib.suppress(Exception):
                await say_work(self._redis, self._worker, groups)
            await asyncio.sleep(WORKER_SAID_EVERY.total_seconds())

    async def _say(self, group: str, state: BreakerState) -> None:
        with contextlib.suppress(Exception):
            await say_breaker(self._redis, group, self._worker, state.value)
