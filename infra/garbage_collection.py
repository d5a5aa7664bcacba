"""Garbage is collected less often than Python does by itself: each time holds up all that is under way."""

import gc


def tune_garbage_collection() -> None:
    """To be called when the process has started. Jobs and requests make objects that reference counting frees anyway.

    What start-up made, some hundred thousand objects, is never scanned again: a scan of them holds up everything that is
    under way. Cycles live longer, which costs some megabytes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
