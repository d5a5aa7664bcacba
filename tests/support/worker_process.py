"""What a `WorkerProcess` runs: a worker with the consumer of modes, which writes down what its agent is called with."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from consumers import worker
from consumers.runtime.announcer import Announcer
from consumers.runtime.settlement import Settled
from infra.exceptions import ConfigurationError
from infra.logging import configure_logging
from infra.settings import load_settings
from tests.support.pinged import Calls, make_pinged

BEFORE_THE_ANNOUNCEMENT = "before the announcement"
AFTER_THE_ANNOUNCEMENT = "after the announcement"


class _Diary(list[Any]):
    """Writes down each envelope that is appended."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def append(self, envelope: Any) -> None:
        super().append(envelope)
        sys.stdout.write(json.dumps({"what": self._what, "id": str(envelope.id)}) + "\n")
        # At once: the next step may be the last.
        sys.stdout.flush()


def run(environment: Mapping[str, str], folder: Path, options: dict[str, Any]) -> None:
    """The process: standard output and error go to files in `folder`; `options` are those of `make_pinged`, and `dies`."""
    os.environ.update(environment)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - for as long as the process lives
    sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115
    sys.exit(_work(options))


def _work(options: dict[str, Any]) -> int:
    settings = load_settings()
    configure_logging(settings, process="worker")
    if moment := options.pop("dies", None):
        _die(moment)
    if timeout := options.pop("timeout_s", None):
        options["timeout"] = timedelta(seconds=timeout)
    worker.CONSUMERS = (make_pinged(Calls(started=_Diary("started"), finished=_Diary("finished")), **options),)
    try:
        asyncio.run(worker.run_worker(settings))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _die(moment: str) -> None:
    """End this process at a moment that no signal could hit: the transaction is committed, the offset is not."""
    announce = Announcer.announce

    async def fatal(self: Announcer, batch: Sequence[Settled]) -> None:
        if moment == AFTER_THE_ANNOUNCEMENT:
            await announce(self, batch)
        os._exit(77)

    Announcer.announce = fatal  # type: ignore[method-assign]
