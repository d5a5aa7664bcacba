"""Policies: how often and how long a job is tried, as frozen data that is validated at import."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Self

from consumers.runtime.breaker import BreakerPolicy


class Criticality(StrEnum):
    """What a dead letter of the job type means to the operator."""

    NORMAL = "normal"
    CRITICAL = "critical"
    """Alerts at once."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The pauses before the first, second, … retry. Back-off is exact: an operator can read off when a job runs."""

    delays: tuple[timedelta, ...]

    def __post_init__(self) -> None:
        if any(delay <= timedelta() for delay in self.delays):
            raise ValueError("every retry delay must be positive")

    @classmethod
    def exponential(
        cls, *, max_retries: int, initial: timedelta, factor: float = 2.0, longest: timedelta = timedelta(hours=1)
    ) -> Self:
        """`initial`, then `factor` times as long each time, never more than `longest`."""
        if factor < 1:
            raise ValueError("factor must be at least 1")
        delays: list[timedelta] = []
        for _ in range(_natural(max_retries)):
            # Step by step: a power of many retries would leave the range of a duration.
            delays.append(min(longest, delays[-1] * factor if delays else initial))
        return cls(tuple(delays))

    @classmethod
    def fixed(cls, *, max_retries: int, delay: timedelta) -> Self:
        """The same pause each time."""
        return cls((delay,) * _natural(max_retries))

    @property
    def max_retries(self) -> int:
        return len(self.delays)

    def delay_after(self, attempt: int) -> timedelta | None:
        """The pause after the failed attempt number `attempt` (from 1), or None when none is left."""
        return self.delays[attempt - 1] if attempt <= len(self.delays) else None


def _natural(max_retries: int) -> int:
    if max_retries < 0:
        raise ValueError("max_retries must not be negative")
    return max_retries


@dataclass(frozen=True, slots=True)
class JobPolicy:
    """The reliability rules of one job type.

    `concurrency` is the number of its jobs in flight in one worker; however high, one person's jobs of a type run
    one at a time. `timeout` bounds one attempt.
    """

    retry: RetryPolicy
    timeout: timedelta = timedelta(seconds=60)
    concurrency: int = 100
    criticality: Criticality = Criticality.NORMAL
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)

    def __post_init__(self) -> None:
        if self.timeout <= timedelta():
            raise ValueError("timeout must be positive")
        if self.concurrency < 1:
            raise ValueError("concurrency must be at least 1")
