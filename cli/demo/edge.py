"""A person's view of the edge: requests with their token, and the updates that arrive over SSE."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from api.auth import mint_development_token
from cli.demo.people import Person
from infra.exceptions import DelightException
from infra.settings import Settings

_REQUEST_SECONDS = 10.0
_UPDATE_SECONDS = 30.0
_TOKEN_LIFETIME = timedelta(hours=1)
# After one of these the awaited update will not come.
_FAILURES = frozenset({"job.rejected", "job.dead", "job.expired", "job.cancelled"})


class DemoError(DelightException):
    """Something did not happen as it should; the sentence says what."""

    code = "demo_failed"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that the edge answered with 202, and when."""

    event_id: UUID
    event_type: str
    sent_at: datetime
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Update:
    """A frame that arrived over SSE, and when."""

    type: str
    content: Mapping[str, Any]
    arrived_at: datetime

    @property
    def data(self) -> Mapping[str, Any]:
        data: Mapping[str, Any] = self.content.get("data", {})
        return data


class Edge:
    """One person at the edge. `accepted` has every event it got a 202 for: the left side of the ledger."""

    def __init__(self, person: Person, client: httpx.AsyncClient, patience: float) -> None:
        self._person = person
        self._patience = patience
        self._client = client
        self._updates: list[Update] = []
        self._arrived = asyncio.Condition()
        self.accepted: list[Accepted] = []

    async def read(self, path: str, **parameters: str) -> Any:
        response = await self._client.get(path, params=parameters)
        return _content(response, f"{self._person.name}: GET {path}", httpx.codes.OK)

    async def create(self, path: str, body: Mapping[str, Any]) -> Any:
        response = await self._client.post(path, json=body)
        return _content(response, f"{self._person.name}: POST {path}", httpx.codes.CREATED)

    async def ask(self, path: str, event_type: str, body: Mapping[str, Any]) -> Accepted:
        """Post an action that becomes the event `event_type`."""
        sent_at = datetime.now(UTC)
        response = await self._client.post(path, json=body)
        content = _content(response, f"{self._person.name}: POST {path}", httpx.codes.ACCEPTED)
        accepted = Accepted(UUID(content["job_id"]), event_type, sent_at, datetime.now(UTC))
        self.accepted.append(accepted)
        return accepted

    async def wait_for(self, update_type: str, cause: Accepted, *, job_type: str) -> Update:
        """The update that the job `job_type` of `cause` leads to.

        Raises `DemoError` when that job fails or nothing comes in time.
        """
        what = f"{self._person.name}: {update_type} after {cause.event_type}"

        def related() -> Update | None:
            for update in self._updates:
                # A frame of an event does not name the job that caused it; one of a job does.
                if update.content.get("job_id") == str(cause.event_id) and (
                    update.content.get("job_type", job_type) == job_type
                ):
                    if update.type == update_type:
                        return update
                    if update.type in _FAILURES:
                        raise DemoError(f"{what} did not come: {update.type}, {update.content.get('message')}")
            return None

        try:
            async with asyncio.timeout(self._patience), self._arrived:
                while (update := related()) is None:
                    await self._arrived.wait()
                return update
        except TimeoutError:
            seen = ", ".join(update.type for update in self._updates) or "nothing"
            raise DemoError(f"{what} did not come within {self._patience:.0f} seconds; came: {seen}.") from None

    async def follow(self, connected: asyncio.Event) -> None:
        """Collect the person's updates until cancelled."""
        deadline = httpx.Timeout(_REQUEST_SECONDS, read=None)
        async with self._client.stream("GET", "/api/v1/sse/updates", timeout=deadline) as response:
            if response.status_code != httpx.codes.OK:
                await response.aread()
                _content(response, f"{self._person.name}: GET /api/v1/sse/updates", httpx.codes.OK)
            connected.set()
            async for content in _frames(response):
                async with self._arrived:
                    self._updates.append(Update(content.get("type", ""), content, datetime.now(UTC)))
                    self._arrived.notify_all()
        raise DemoError(f"{self._person.name}: the stream of updates ended.")


@asynccontextmanager
async def enter(person: Person, settings: Settings) -> AsyncIterator[Edge]:
    """The edge for `person`, following their updates; leaves the stream at the end."""
    token = mint_development_token(settings, person.user_id, ttl=_TOKEN_LIFETIME)
    async with httpx.AsyncClient(
        base_url=settings.api_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=_REQUEST_SECONDS,
        trust_env=False,
    ) as client:
        edge = Edge(person, client, _UPDATE_SECONDS * settings.job_timeout_factor)
        connected = asyncio.Event()
        following = asyncio.create_task(edge.follow(connected))
        connecting = asyncio.create_task(connected.wait())
        try:
            await asyncio.wait({following, connecting}, timeout=_REQUEST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
            if not connected.is_set():
                raise DemoError(f"{person.name}: the stream of updates did not open.")
            yield edge
        finally:
            connecting.cancel()
            following.cancel()
            await asyncio.wait({following, connecting})


async def _frames(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The JSON of each SSE frame; comments (heartbeats) have none."""
    data: list[str] = []
    async for line in response.aiter_lines():
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            yield json.loads("\n".join(data))
            data = []


def _content(response: httpx.Response, what: str, expected: int) -> Any:
    if response.status_code == expected:
        return response.json()
    try:
        said = response.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        said = response.text[:200]
    raise DemoError(f"{what} answered {response.status_code}: {said}")
