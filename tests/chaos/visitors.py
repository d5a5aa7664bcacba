"""People at the real edge: each writes down a goal and asks for quests, and comes again when told to."""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx

from api.auth import mint_development_token
from infra.settings import Settings


@dataclass(frozen=True)
class Request:
    path: str
    body: dict[str, object]
    accepted: int


# An action is an event on Kafka; a record is a row in PostgreSQL.
ACTION = Request("/api/v1/quests/request", {"count": 3}, 202)
RECORD = Request("/api/v1/goals", {"title": "Read more", "category": "growth"}, 201)
# Well above every deadline of the edge: whoever waits for longer was left hanging.
PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    request: Request
    status: int
    at: float
    took: float
    retry_after: str | None

    @property
    def is_accepted(self) -> bool:
        return self.status == self.request.accepted


@dataclass
class Visitors:
    """`rate` people a second until `ending`; everything that the edge answered is in `answers`."""

    settings: Settings
    rate: float
    answers: list[Answer] = field(default_factory=list)
    left_hanging: int = 0
    cut_off: Counter[str] = field(default_factory=Counter)
    """By error: requests whose connection broke."""
    jobs: set[UUID] = field(default_factory=set)
    goals: set[UUID] = field(default_factory=set)
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        # A connection each: on a busy machine the client closes idle ones that it has just given to a request.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with (
            httpx.AsyncClient(base_url=self.settings.api_url, timeout=PATIENCE, limits=limits) as client,
            asyncio.TaskGroup() as people,
        ):
            for number in itertools.count():
                if self.ending.is_set():
                    return
                people.create_task(self._visit(client, f"visitor-{number}-{uuid4().hex[:6]}"))
                await asyncio.sleep(1 / self.rate)

    def accepted_since(self, moment: float, request: Request) -> float | None:
        """When a request that was asked after `moment` was first accepted."""
        accepted = (a.at for a in self.answers if a.request is request and a.is_accepted and a.at - a.took > moment)
        return min(accepted, default=None)

    def working_again(self, since: float) -> float | None:
        """When the edge had accepted one of each again that it had refused; None when it refused nothing."""
        refused = [r for r in (ACTION, RECORD) if any(a.request is r and not a.is_accepted for a in self.answers)]
        return max((self.accepted_since(since, request) or since for request in refused), default=None)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    async def _visit(self, client: httpx.AsyncClient, person: str) -> None:
        headers = {
            "Authorization": f"Bearer {mint_development_token(self.settings, person)}",
            "Idempotency-Key": uuid4().hex,
        }
        async with asyncio.TaskGroup() as requests:
            wish = requests.create_task(self._until_accepted(client, ACTION, headers))
            goal = requests.create_task(self._until_accepted(client, RECORD, headers))
        if job := wish.result():
            self.jobs.add(UUID(job["job_id"]))
        if row := goal.result():
            self.goals.add(UUID(row["id"]))

    async def _until_accepted(
        self, client: httpx.AsyncClient, request: Request, headers: dict[str, str]
    ) -> dict[str, str] | None:
        """What it was answered with in the end; None when it was left hanging, or gave up."""
        while True:
            asked = time.time()
            try:
                response = await client.post(request.path, json=request.body, headers=headers)
            except httpx.TimeoutException:
                self.left_hanging += 1
                return None
            except httpx.TransportError as error:
                self.cut_off[repr(error)] += 1
                return None
            retry_after = response.headers.get("retry-after")
            now = time.time()
            answer = Answer(request, response.status_code, now, now - asked, retry_after)
            self.answers.append(answer)
            if answer.is_accepted:
                accepted: dict[str, str] = response.json()
                return accepted
            if retry_after is None or self.ending.is_set():
                return None
            await asyncio.sleep(float(retry_after))
