"""Lanes: one in-order queue per key. A lane's head runs; the next starts when the head is settled."""

from collections import deque
from collections.abc import Iterator

from consumers.runtime.delivery import Delivery


class Lanes:
    """The queues of all keys of one group in this worker, over all its topics.

    A person's retries come on another topic than their events, so lanes belong to the key and not to the partition.
    Lanes take turns: a key with much work waits behind the others.
    """

    def __init__(self) -> None:
        self._lanes: dict[object, deque[Delivery]] = {}
        self._ready: deque[deque[Delivery]] = deque()

    def __len__(self) -> int:
        """How many deliveries are in the lanes, heads included."""
        return sum(map(len, self._lanes.values()))

    @property
    def has_ready(self) -> bool:
        """Whether a lane waits for its turn."""
        return bool(self._ready)

    def add(self, delivery: Delivery) -> None:
        """Put a delivery at the end of its lane."""
        lane = self._lanes.get(delivery.lane)
        if lane is None:
            self._lanes[delivery.lane] = lane = deque((delivery,))
            self._ready.append(lane)
        else:
            lane.append(delivery)

    def take(self) -> Delivery | None:
        """The head of the next lane whose turn it is; it stays the head until `release`."""
        while self._ready:
            lane = self._ready.popleft()
            while lane and not lane[0].partition.alive:
                self._lanes_pop_head(lane)
            if lane:
                return lane[0]
        return None

    def release(self, delivery: Delivery) -> None:
        """The head of its lane is done with: the next of the lane may run."""
        lane = self._lanes.get(delivery.lane)
        if lane is None or not lane or lane[0] is not delivery:
            return
        self._lanes_pop_head(lane)
        if lane:
            self._ready.append(lane)

    def waiting(self) -> Iterator[Delivery]:
        """Every delivery in the lanes, heads included."""
        for lane in self._lanes.values():
            yield from lane

    def _lanes_pop_head(self, lane: deque[Delivery]) -> None:
        key = lane.popleft().lane
        if not lane:
            self._lanes.pop(key, None)
