"""What the lag of each group was since the screen opened: the API keeps only the present."""

from collections import deque
from datetime import datetime

from schemas.lag import LagSnapshot

LENGTH = 30
_BARS = "▁▂▃▄▅▆▇█"


class LagHistory:
    """The last measurements of each group, oldest first."""

    def __init__(self) -> None:
        self._depths: dict[str, deque[int]] = {}
        self._newest: datetime | None = None

    def note(self, snapshot: LagSnapshot) -> None:
        """Remember a snapshot, once: asking more often than the monitor measures makes no new values."""
        if snapshot.measured_at == self._newest:
            return
        self._newest = snapshot.measured_at
        for group in snapshot.groups:
            self._depths.setdefault(group.job_type, deque(maxlen=LENGTH)).append(group.depth)

    def sparkline(self, job_type: str) -> str:
        """A bar for each measurement, the highest of them full; nothing waiting is the lowest bar."""
        depths = self._depths.get(job_type, ())
        highest = max(depths, default=0)
        if highest == 0:
            return _BARS[0] * len(depths)
        steps = len(_BARS) - 1
        # What waits is never drawn as nothing.
        return "".join(_BARS[-(-depth * steps // highest)] for depth in depths)
