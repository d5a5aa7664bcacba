"""A process that runs the quest agent and is killed in its second call of the model: after the draft was paid.

python -m tests.support.killed_agent DATABASE_URL USER_ID EVENT_ID
"""

import asyncio
import json
import os
import signal
import sys
from typing import Any
from uuid import UUID

from langchain_core.outputs import ChatResult

from agents.context import AgentContext
from agents.quest_agent import generate_quests
from infra.checkpoints import Checkpoints
from infra.database import create_engine, session_factory
from infra.settings import Settings
from schemas.events import Envelope
from schemas.quests import QuestRequested
from tests.support.scripted_model import ScriptedModel


class KillingModel(ScriptedModel):
    """Kills its process when the script is at its end."""

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        if self.calls == len(self.answers):
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._generate(*args, **kwargs)


async def run(database_url: str, user_id: str, event_id: UUID, draft: dict[str, Any]) -> None:
    settings = Settings(database_url=database_url)
    checkpoints = Checkpoints(settings)
    await checkpoints.open()
    context = AgentContext(
        session_factory(create_engine(settings)),
        KillingModel.saying(draft),
        job_type="quest-generation",
        attempt=1,
        request_id=None,
        checkpoints=checkpoints,
    )
    await generate_quests(Envelope.mint(QuestRequested(user_id=user_id), event_id=event_id), context)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2], UUID(sys.argv[3]), json.load(sys.stdin)))
