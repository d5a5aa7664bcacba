"""The watermark: what is committed is never past something that is not done."""

import random

from aiokafka import TopicPartition

from consumers.runtime.partition import Partition


def partition(start: int | None = None) -> Partition:
    return Partition(TopicPartition("topic", 0), start)


def test_the_watermark_waits_for_the_first_offset_that_is_not_done() -> None:
    counted = partition(10)
    assert all(counted.admit(offset) for offset in range(10, 15))
    counted.finish(11)
    counted.finish(12)
    assert (counted.watermark, counted.in_flight) == (10, 5)
    counted.finish(10)
    assert (counted.watermark, counted.in_flight) == (13, 2)


def test_any_order_of_finishing_ends_at_the_end() -> None:
    shuffled = random.Random(7)
    for _ in range(50):
        counted = partition(0)
        # Holes of all sizes.
        offsets = sorted(shuffled.sample(range(300), 100))
        for offset in offsets:
            assert counted.admit(offset)
        unfinished = set(offsets)
        for offset in shuffled.sample(offsets, len(offsets)):
            counted.finish(offset)
            unfinished.discard(offset)
            assert counted.watermark == min(unfinished, default=offsets[-1] + 1)


def test_a_group_that_never_committed_starts_where_the_first_record_is() -> None:
    counted = partition()
    assert (counted.watermark, counted.in_flight) == (None, 0)
    assert counted.admit(70)
    assert counted.watermark == 70


def test_a_record_that_was_polled_before_is_not_taken_again() -> None:
    counted = partition(0)
    assert counted.admit(0)
    assert not counted.admit(0)


def test_a_hole_of_any_size_costs_nothing() -> None:
    counted = partition(5)
    assert counted.admit(5)
    assert counted.admit(10**15)
    counted.finish(10**15)
    assert counted.watermark == 5
    counted.finish(5)
    assert counted.watermark == 10**15 + 1
