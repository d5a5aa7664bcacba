"""One owned partition: which offsets are done, and the watermark, below which all are."""

from aiokafka import TopicPartition


class Partition:
    """Counts offsets. `watermark` is the first offset that is not done; committing it loses nothing.

    `alive` turns false when the partition goes to another member: what still waits for it is dropped then.
    """

    __slots__ = ("_done", "_holes", "alive", "committed", "high", "topic_partition", "watermark")

    def __init__(self, topic_partition: TopicPartition, start: int | None) -> None:
        self.topic_partition = topic_partition
        # None until the first record tells where the partition starts for a group that never committed.
        self.watermark = start
        self.high = start
        self.committed = start
        self.alive = True
        self._done: set[int] = set()
        self._holes: dict[int, int] = {}

    @property
    def in_flight(self) -> int:
        """Offsets between the watermark and the last record that was polled."""
        if self.high is None or self.watermark is None:
            return 0
        return self.high - self.watermark

    def admit(self, offset: int) -> bool:
        """Take note of a polled record; False when it was polled before (after a rebalance)."""
        if self.high is None:
            self.watermark = self.high = offset
        elif offset < self.high:
            return False
        elif offset > self.high:
            # Compaction, transactions and retention leave holes, some of them millions wide: nobody will finish them.
            self._holes[self.high] = offset
            self._advance()
        self.high = offset + 1
        return True

    def finish(self, offset: int) -> None:
        """The record at `offset` needs nothing more."""
        if offset == self.watermark:
            self.watermark = offset + 1
            if self._done or self._holes:
                self._advance()
        else:
            self._done.add(offset)

    def _advance(self) -> None:
        mark, done, holes = self.watermark, self._done, self._holes
        assert mark is not None
        while True:
            if mark in done:
                done.discard(mark)
                mark += 1
            elif mark in holes:
                mark = holes.pop(mark)
            else:
                break
        self.watermark = mark
