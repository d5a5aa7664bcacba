"""The circuit breaker, against a clock that the test turns."""

from datetime import timedelta

import pytest

from consumers.runtime.breaker import BreakerPolicy, BreakerState, CircuitBreaker

POLICY = BreakerPolicy(window=timedelta(seconds=30), minimum=10, ratio=0.5, pause=timedelta(seconds=15))


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(POLICY, clock=clock)


def test_few_failures_do_not_trip_it(breaker: CircuitBreaker) -> None:
    breaker.report(succeeded=0, failed=9)
    assert breaker.allows()


def test_a_high_failure_ratio_trips_it(breaker: CircuitBreaker) -> None:
    breaker.report(succeeded=5, failed=5)
    assert breaker.state is BreakerState.OPEN
    assert not breaker.allows()


def test_failures_that_left_the_window_are_forgotten(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.report(succeeded=0, failed=9)
    clock.now += 31
    breaker.report(succeeded=8, failed=2)
    assert breaker.state is BreakerState.CLOSED


def test_after_the_pause_one_probe_may_run(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.report(succeeded=0, failed=10)
    clock.now += 15
    assert [breaker.allows(), breaker.allows(), breaker.allows()] == [True, False, False]
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_successful_probe_closes_it(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.report(succeeded=0, failed=10)
    clock.now += 15
    assert breaker.allows()
    breaker.report(succeeded=1, failed=0)
    assert breaker.state is BreakerState.CLOSED
    breaker.report(succeeded=0, failed=9)
    assert breaker.allows()


def test_a_failed_probe_opens_it_for_another_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.report(succeeded=0, failed=10)
    clock.now += 15
    assert breaker.allows()
    breaker.report(succeeded=0, failed=1)
    clock.now += 14
    assert not breaker.allows()
    clock.now += 1
    assert breaker.allows()


def test_a_probe_that_said_nothing_makes_room_for_another(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.report(succeeded=0, failed=10)
    clock.now += 15
    assert breaker.allows()
    breaker.withdraw_probe()
    assert breaker.allows()


def test_each_change_is_told_once(clock: Clock) -> None:
    changes: list[BreakerState] = []
    breaker = CircuitBreaker(POLICY, on_change=changes.append, clock=clock)
    breaker.report(succeeded=0, failed=10)
    breaker.report(succeeded=0, failed=10)
    clock.now += 15
    breaker.allows()
    breaker.report(succeeded=1, failed=0)
    assert changes == [BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]


@pytest.mark.parametrize("wrong", [{"ratio": 0}, {"ratio": 1.5}, {"minimum": 0}, {"window": timedelta()}])
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        BreakerPolicy(**wrong)  # type: ignore[arg-type]


def test_a_probe_that_is_told_to_come_later_opens_it_for_another_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.report(succeeded=0, failed=10)
    clock.now += 15
    assert breaker.allows()
    breaker.put_off_probe()
    assert breaker.state is BreakerState.OPEN
    assert not breaker.allows()
    clock.now += 15
    assert breaker.allows()
