"""A worker that dies in the middle of an answer: what its person sees in the end is one whole answer."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from consumers.companion_history import companion_history
from consumers.companion_reply import companion_reply
from consumers.subscriptions import SUBSCRIPTIONS
from infra.offline_model.model import OfflineChatModel
from infra.settings import Settings
from schemas.catalogue import EVENT_TYPES
from tests.conftest import DEVELOPMENT_SECRET, SettingsFactory
from tests.support.chat import STREAM, chat, history, shown, until_frame
from tests.support.command import REPOSITORY, environment
from tests.support.running_api import running_api
from tests.support.sse import open_stream
from tests.support.system import System

pytestmark = pytest.mark.slow

# A process takes a while to start when the machine is busy; so does Kafka to notice that a member is gone.
PATIENCE_SECONDS = 60


@pytest.fixture
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    system = System(
        make_settings(), [companion_reply, companion_history], events=EVENT_TYPES, chat_model=OfflineChatModel(pause=0)
    )
    await system.start()
    async with system.relay():
        yield system
    await system.stop()


@contextmanager
def worker_process(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    given = settings.model_dump(mode="json", exclude_unset=True) | {"auth_development_secret": DEVELOPMENT_SECRET}
    values = {
        f"DELIGHT_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.companion_process"], cwd=REPOSITORY, env=environment(**values)
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_an_answer_is_whole_although_its_worker_died_in_the_middle(system: System, user_id: str) -> None:
    async with (
        running_api(system.settings, SUBSCRIPTIONS) as api,
        api.client(user_id) as client,
        open_stream(client, STREAM) as stream,
    ):
        with worker_process(system.settings) as process:
            accepted = await chat(client, "I walked to the river and felt light.")
            begun = await stream.next(within=PATIENCE_SECONDS)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert begun is not None
        async with system.worker():
            # Words of the first worker may still be on their way.
            while (frame := await stream.next(within=PATIENCE_SECONDS)) is not None and frame.event == "token":
                pass
            assert frame is not None
            assert (frame.event, frame.data["message_id"]) == ("attempt_restarted", accepted["message_id"])
            frames = await until_frame(stream, "complete", accepted["message_id"])
            question, answer = await history(client)
    assert begun.event == "token"
    assert (question["status"], answer["status"]) == ("answered", "complete")
    assert shown(frames, accepted["message_id"]) == answer["text"]
    # Both workers wrote the same words, as the offline model does: the first word was shown twice.
    assert answer["text"].startswith(begun.data["content"].strip())
