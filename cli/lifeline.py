"""A child's side of supervision: end when the supervisor is gone, however it went.

The supervisor holds the other end of the child's standard input and never writes to it. The kernel closes that end
when the supervisor dies, SIGKILL included, on every system; a parent-death signal would exist on Linux only.
"""

import os
import signal
import threading
import time

# With the supervisor go Kafka and Postgres: what cannot be finished soon cannot be finished at all.
_DRAIN_SECONDS = 10.0


def hold_lifeline() -> None:
    """Watch standard input from now on, in a thread of its own."""
    threading.Thread(target=_end_with_supervisor, name="lifeline", daemon=True).start()


def _end_with_supervisor() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_DRAIN_SECONDS)
    os._exit(1)
