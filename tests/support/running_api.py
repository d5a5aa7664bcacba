"""The edge on a real port of this machine, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx

from api.app import create_app
from api.auth import mint_development_token
from api.edge import Edge
from api.identity import Role
from api.server import ApiServer, listen
from infra.settings import Settings
from schemas.jobs import Subscription
from schemas.missions import MissionAbandoned, MissionCompleted, MissionStarted
from schemas.quests import QuestAccepted, QuestDeclined, QuestRequested

SUBSCRIPTIONS = (
    Subscription("quest-generation", (QuestRequested,)),
    Subscription("mission-lifecycle", (QuestAccepted, QuestDeclined, MissionStarted, MissionAbandoned)),
    Subscription("progress-tracking", (MissionCompleted,)),
)


@dataclass(frozen=True, slots=True)
class RunningApi:
    url: str
    settings: Settings
    edge: Edge
    server: ApiServer

    def token(self, user_id: str, *roles: Role, ttl: timedelta = timedelta(hours=1)) -> str:
        return mint_development_token(self.settings, user_id, roles or (Role.USER,), ttl)

    def headers(self, user_id: str, *roles: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(user_id, *roles)}"}

    @asynccontextmanager
    async def client(self, user_id: str | None = None, *roles: Role) -> AsyncIterator[httpx.AsyncClient]:
        """A client with the token of `user_id`; without one it is anonymous."""
        headers = self.headers(user_id, *roles) if user_id is not None else {}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30) as client:
            yield client


@asynccontextmanager
async def running_api(
    settings: Settings, subscriptions: Sequence[Subscription] = SUBSCRIPTIONS
) -> AsyncIterator[RunningApi]:
    app = create_app(settings, subscriptions)
    listener = listen(settings)
    server = ApiServer(app)
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.01)
    url = "http://{}:{}".format(*listener.getsockname()[:2])
    try:
        yield RunningApi(url, settings, app.state.edge, server)
    finally:
        server.should_exit = True
        await serving
        listener.close()
