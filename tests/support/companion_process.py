"""A worker for companion chat as a process of its own, with a slow chat model: `python -m tests.support.companion_process`."""

import asyncio

from consumers.companion_history import companion_history
from consumers.companion_reply import companion_reply
from consumers.worker import Worker
from infra.logging import configure_logging
from infra.offline_model.model import OfflineChatModel
from infra.settings import load_settings

# Seconds between two words: an answer takes some seconds, long enough to be killed in the middle.
PAUSE = 0.3


async def main() -> None:
    settings = load_settings()
    configure_logging(settings, process="worker")
    worker = Worker(settings, [companion_reply, companion_history], chat_model=OfflineChatModel(pause=PAUSE))
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
