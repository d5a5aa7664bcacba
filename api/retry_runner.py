"""Works off the runs that operators ordered, beside the requests; any process of the edge continues any run."""

import asyncio
import contextlib

import structlog

from services.dead_letter_runs import DeadLetterRuns

log = structlog.get_logger(__name__)

# Seconds until runs are looked for again: those that another process left, or a command ordered.
IDLE_PAUSE = 5.0
LONGEST_PAUSE = 30.0


class RetryRunner:
    """Steps all active runs until `stop`; an outage is waited for."""

    def __init__(self, runs: DeadLetterRuns) -> None:
        self._runs = runs
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """A step under way is rolled back, and some process takes it again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def wake(self) -> None:
        """There is a new run."""
        self._wake.set()

    async def _run(self) -> None:
        pause = IDLE_PAUSE
        while True:
            self._wake.clear()
            try:
                wait = pause = await self._step_all()
            except Exception as error:  # noqa: BLE001 - a run stays where it is whatever happened
                pause = min(LONGEST_PAUSE, pause * 2)
                log.warning("dead_letters.runs_wait", error=repr(error)[:500], retry_in_s=pause)
                wait = pause
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)

    async def _step_all(self) -> float:
        """Step each active run once; returns the seconds until the next may step."""
        pauses = [await self._runs.step(run) for run in await self._runs.find_active()]
        return min((pause.total_seconds() for pause in pauses if pause is not None), default=IDLE_PAUSE)
