"""The circuit breaker of one consumer: when most jobs fail, stop trying instead of dead-lettering everything.

    closed ──the failure ratio trips──▶ open ──after a pause──▶ half-open ──the probe succeeds──▶ closed
                                         ▲                          │
                                         └───the probe fails────────┘

After Sentry's arroyo. While it is open the group polls nothing, so events wait in Kafka, where they cost nothing, and spend
no attempts. Only failures that say something about the world count: a rejected or unreadable job says only that of itself.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """Trips when, within `window`, at least `minimum` jobs ended and `ratio` of them failed."""

    window: timedelta = timedelta(seconds=30)
    minimum: int = 20
    ratio: float = 0.8
    pause: timedelta = timedelta(seconds=15)

    def __post_init__(self) -> None:
        if not 0 < self.ratio <= 1:
            raise ValueError("ratio must be above 0 and at most 1")
        if self.minimum < 1 or self.window <= timedelta() or self.pause <= timedelta():
            raise ValueError("minimum, window and pause must be positive")


class CircuitBreaker:
    """Counts successes and failures, and says whether another job may start. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        policy: BreakerPolicy,
        *,
        on_change: Callable[[BreakerState], None] = lambda _state: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._on_change = on_change
        self._clock = clock
        # One entry per report and not per job: reports come once per settled batch.
        self._reports: deque[tuple[float, int, int]] = deque()
        self._succeeded = 0
        self._failed = 0
        self._opened_at = 0.0
        self._probing = False
        self.state = BreakerState.CLOSED

    def allows(self) -> bool:
        """Whether a job may start now. In half-open, true makes that job the probe."""
        if self.state is BreakerState.CLOSED:
            return True
        if self.state is BreakerState.OPEN:
            if self._clock() - self._opened_at < self._policy.pause.total_seconds():
                return False
            self._enter(BreakerState.HALF_OPEN)
            self._probing = False
        if self._probing:
            return False
        self._probing = True
        return True

    def report(self, *, succeeded: int, failed: int) -> None:
        """Count jobs that ended."""
        if self.state is BreakerState.CLOSED:
            self._count(succeeded, failed)
            total = self._succeeded + self._failed
            if failed and total >= self._policy.minimum and self._failed >= self._policy.ratio * total:
                self._open()
        elif failed:
            # The probe failed, or a straggler did: either way the trouble is not over.
            self._open()
        elif succeeded and self.state is BreakerState.HALF_OPEN:
            self._forget()
            self._enter(BreakerState.CLOSED)

    def withdraw_probe(self) -> None:
        """The probe ended without saying anything about the world (it was cancelled, or a duplicate)."""
        self._probing = False

    def put_off_probe(self) -> None:
        """The probe was told to come later: the world is there, and does not want to be asked by others meanwhile."""
        if self.state is BreakerState.HALF_OPEN:
            self._open()

    def _count(self, succeeded: int, failed: int) -> None:
        now = self._clock()
        if succeeded or failed:
            self._reports.append((now, succeeded, failed))
            self._succeeded += succeeded
            self._failed += failed
        oldest = now - self._policy.window.total_seconds()
        while self._reports and self._reports[0][0] < oldest:
            _, then_succeeded, then_failed = self._reports.popleft()
            self._succeeded -= then_succeeded
            self._failed -= then_failed

    def _open(self) -> None:
        self._opened_at = self._clock()
        self._forget()
        self._enter(BreakerState.OPEN)

    def _forget(self) -> None:
        self._reports.clear()
        self._succeeded = self._failed = 0
        self._probing = False

    def _enter(self, state: BreakerState) -> None:
        if state is not self.state:
            self.state = state
            self._on_change(state)
