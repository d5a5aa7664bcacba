"""aiokafka asks for cluster metadata at a bounded rate, however long no broker answers.

Without this a producer whose partition leader is unknown spins: aiokafka 0.14 waits for a metadata update that fails at
once while no broker listens, and asks again without a pause (seconds of CPU and tens of thousands of log records
for each second of an outage). The patch is class-level, so it covers the clients that FastStream makes too;
`tests/infra/test_kafka_pacing.py` pins the private name that it leans on.
"""

import asyncio
import random
from typing import Any

from aiokafka.client import AIOKafkaClient

# Seconds. The first update after a quiet time is not delayed.
_PAUSE_AFTER_SUCCESS = 0.1
_FIRST_PAUSE_AFTER_FAILURE = 0.1
_LONGEST_PAUSE = 1.0


def pace_metadata_updates() -> None:
    """Install the pacing for every client of this process; calling it again changes nothing."""
    unpaced = AIOKafkaClient._metadata_update  # noqa: SLF001 - there is no public hook
    if getattr(unpaced, "paced", False):
        return

    async def paced(self: Any, cluster: Any, topics: Any) -> Any:
        loop = asyncio.get_running_loop()
        due, failures = self.__dict__.get("_pacing", (0.0, 0))
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        updated = False
        try:
            updated = await unpaced(self, cluster, topics)
        finally:
            failures = 0 if updated else failures + 1
            pause = _PAUSE_AFTER_SUCCESS
            if failures:
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE_AFTER_FAILURE * 2 ** min(failures, 8)) * random.uniform(0.5, 1)  # noqa: S311 - jitter
            self._pacing = (loop.time() + pause, failures)
        return updated

    paced.paced = True  # type: ignore[attr-defined]
    AIOKafkaClient._metadata_update = paced  # noqa: SLF001
