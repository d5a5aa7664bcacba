"""How long a person waits for the first word of an answer, and where the time goes: `python -m benchmarks.first_token`.

Everything runs as `delight up` runs it: edge, worker, relay, scheduler and monitor, each a process, on the embedded stack
with the offline model. Messages leave at a fixed rate whether or not earlier ones are answered, each from the next of
several persons, whose streams are open. The stages come from what the system stores itself: the event's time, the record's,
the worker's, and the place of the frame in Valkey, which is its time.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from api.auth import mint_development_token
from api.identity import Role
from cli.folder import resolve_settings
from infra.settings import Settings
from schemas.companion import answer_id

CHAT = "/api/v1/companion/chat"
STREAM = "/api/v1/sse/companion/stream"
# What is sent, so that moods, goals and memories all have their turn.
MESSAGES = (
    "I walked to the river today and felt light.",
    "Work was too much and I am tired.",
    "I finished the chapter, and I like to read in the morning.",
    "What shall I do with an hour?",
)
SAID_WITHIN = 30.0


@dataclass(slots=True)
class Answer:
    """One message on its way to its first word. Moments are seconds since the epoch."""

    sent: float
    event_id: UUID | None = None
    accepted: float = 0.0
    first_token: float = 0.0
    frame: float = 0.0


@dataclass(slots=True)
class Talker:
    """A person with an open stream. What arrives is noted under the answer's id."""

    client: httpx.AsyncClient
    tokens: dict[str, tuple[float, float]] = field(default_factory=dict)
    ended: dict[str, asyncio.Event] = field(default_factory=dict)

    async def listen(self, ready: asyncio.Event) -> None:
        async with self.client.stream("GET", STREAM, timeout=None) as response:
            response.raise_for_status()
            frame_id = event = ""
            async for line in response.aiter_lines():
                if line.startswith(": connected"):
                    ready.set()
                elif line.startswith("id: "):
                    frame_id = line[4:]
                elif line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    self._take(event, frame_id, line[6:], time.time())

    def _take(self, event: str, frame_id: str, data: str, now: float) -> None:
        message_id = json.loads(data)["message_id"]
        if event == "token" and message_id not in self.tokens:
            self.tokens[message_id] = (now, int(frame_id.partition("-")[0]) / 1000)
            self.ended.setdefault(message_id, asyncio.Event()).set()

    async def ask(self, text: str) -> Answer:
        answer = Answer(sent=time.time())
        response = await self.client.post(CHAT, json={"message": text})
        answer.accepted = time.time()
        assert response.status_code == 202, response.text
        answer.event_id = UUID(response.json()["job_id"])
        message_id = str(answer_id(answer.event_id))
        async with asyncio.timeout(SAID_WITHIN):
            await self.ended.setdefault(message_id, asyncio.Event()).wait()
        answer.first_token, answer.frame = self.tokens[message_id]
        return answer


@contextmanager
def running_system() -> Iterator[Settings]:
    """`delight up` in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="delight-first-token-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        environment = os.environ | {"DELIGHT_FOLDER": name, "DELIGHT_LOG_LEVEL": "WARNING"}
        command = (sys.executable, "-m", "cli")
        subprocess.run([*command, "up", "--no-web", "--detach"], check=True, env=environment, stdout=sys.stderr)
        try:
            yield resolve_settings(folder)
        finally:
            subprocess.run([*command, "down"], check=True, env=environment, stdout=sys.stderr)


async def measure(settings: Settings, *, count: int, rate: float, persons: int) -> list[Answer]:
    async with AsyncExitStack() as stack:
        talkers, listening = [], []
        for number in range(persons):
            token = mint_development_token(settings, f"talker-{number}", (Role.USER,), timedelta(hours=1))
            client = httpx.AsyncClient(
                base_url=settings.api_url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
            )
            talkers.append(Talker(await stack.enter_async_context(client)))
            goal = {"title": "Read a book a month", "why": "I miss it", "category": "growth"}
            (await client.post("/api/v1/goals", json=goal)).raise_for_status()
            ready = asyncio.Event()
            listening.append(asyncio.create_task(talkers[-1].listen(ready)))
            await asyncio.wait_for(ready.wait(), 30)
        began, asking = time.monotonic(), []
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            talker = talkers[number % persons]
            asking.append(asyncio.create_task(talker.ask(MESSAGES[number % len(MESSAGES)])))
        answers = await asyncio.gather(*asking)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return list(answers)


async def stages(settings: Settings, answers: list[Answer]) -> dict[str, list[float]]:
    """Milliseconds of each stage, in the order in which they happen."""
    connection = await asyncpg.connect(settings.database_url)
    ids = [answer.event_id for answer in answers]
    found = await connection.fetch(
        "SELECT event_id, accepted_at, published_at, polled_at, started_at FROM jobs "
        "WHERE event_id = ANY($1) AND job_type = 'companion-reply'",
        ids,
    )
    await connection.close()
    rows: dict[UUID | None, Any] = {row["event_id"]: row for row in found}
    taken: dict[str, list[float]] = {}
    for answer in answers:
        row = rows.get(answer.event_id)
        if row is None:
            continue
        moments = {
            "request → event": _seconds(row["accepted_at"]),
            "event → Kafka": _seconds(row["published_at"]),
            "Kafka → worker": _seconds(row["polled_at"]),
            "inbox, lane": _seconds(row["started_at"]),
            "agent → first word": answer.frame,
            "Valkey → client": answer.first_token,
        }
        before = answer.sent
        for name, moment in moments.items():
            taken.setdefault(name, []).append((moment - before) * 1000)
            before = moment
    return taken


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[max(0, -(-95 * len(ordered) // 100) - 1)], 1),
        "p99": round(ordered[max(0, -(-99 * len(ordered) // 100) - 1)], 1),
        "max": round(ordered[-1], 1),
    }


async def run(settings: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    # The first answers of a process pay for what is made once.
    cold = await measure(settings, count=arguments.persons, rate=arguments.rate, persons=arguments.persons)
    answers = await measure(settings, count=arguments.count, rate=arguments.rate, persons=arguments.persons)
    # The last ones may not be settled yet.
    await asyncio.sleep(2)
    return {
        "first answer after the start": round((cold[0].first_token - cold[0].sent) * 1000, 1),
        "POST → first token": summary([(answer.first_token - answer.sent) * 1000 for answer in answers]),
        "POST → 202": summary([(answer.accepted - answer.sent) * 1000 for answer in answers]),
        "stages": {name: summary(values) for name, values in (await stages(settings, answers)).items()},
        "messages": len(answers),
        "rate": arguments.rate,
        "load": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="messages (200)")
    parser.add_argument("--rate", type=float, default=4.0, help="messages a second (4)")
    parser.add_argument("--persons", type=int, default=20, help="persons who take turns (20)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with running_system() as settings:
        result = asyncio.run(run(settings, arguments))
    if arguments.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
        return
    print(f"{'milliseconds':24} {'p50':>8} {'p95':>8} {'p99':>8} {'max':>8}")
    for name in ("POST → 202", "POST → first token"):
        print(_line(name, result[name]))
    for name, values in result["stages"].items():
        print(_line(f"  {name}", values))
    print(
        f"{result['messages']} messages, {result['rate']:g} a second; load {result['load']:.1f} on {os.cpu_count()} cores; "
        f"the first answer after the start took {result['first answer after the start']:g} ms."
    )


def _line(name: str, values: dict[str, float]) -> str:
    return f"{name:24} " + " ".join(f"{values[key]:8.1f}" for key in ("p50", "p95", "p99", "max"))


if __name__ == "__main__":
    main()
