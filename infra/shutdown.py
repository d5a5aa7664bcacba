"""SIGTERM and SIGINT become an event that a process waits for; the second signal ends it at once."""

import asyncio
import os
import signal

import structlog

log = structlog.get_logger(__name__)


def shutdown_event() -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets. A second one exits at once, for people in a hurry."""
    event = asyncio.Event()

    def on_signal(number: int) -> None:
        if event.is_set():
            os._exit(128 + number)
        log.info("process.draining", signal=signal.Signals(number).name)
        event.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    return event
