"""The admin API as the screen sees it: one look at everything, and the few things that an operator does there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from infra.exceptions import DelightException
from schemas.alerts import AlertsRead
from schemas.dead_letters import DeadLetterDetail, DeadLetterRead, DeadLetterRetried
from schemas.job_admin import GroupRead, StatsRead
from schemas.lag import LagSnapshot
from schemas.pages import Page

STATS_WINDOW_MINUTES = 5
MAX_LETTERS = 50
_TIMEOUT_SECONDS = 5.0
_GROUPS = TypeAdapter(list[GroupRead])


class ApiAway(DelightException):
    """Nobody answers, or not in time, or with an error of the server's own: worth another try."""


class ApiRefused(DelightException):
    """The API answered with a no, and says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that the screen shows. `lag` is None without a monitor; then `lag_problem` says so."""

    lag: LagSnapshot | None
    lag_problem: str | None
    stats: StatsRead
    letters: Page[DeadLetterRead]
    alerts: AlertsRead
    groups: list[GroupRead]


class AdminApi:
    """A client of one system. `token` is asked for each request, since a token of development is minted on the spot."""

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._client = httpx.AsyncClient(base_url=f"{self.url}/api/v1/admin", timeout=_TIMEOUT_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def look(self) -> Look:
        """Raises `ApiAway` or `ApiRefused`."""
        (lag, problem), stats, letters, alerts, groups = await asyncio.gather(
            self._lag(),
            self._get("/jobs/stats", window_minutes=STATS_WINDOW_MINUTES),
            self._get("/dead-letters", limit=MAX_LETTERS),
            self._get("/alerts", recent=0),
            self._get("/groups"),
        )
        try:
            return Look(
                lag=None if lag is None else LagSnapshot.model_validate_json(lag),
                lag_problem=problem,
                stats=StatsRead.model_validate_json(stats),
                letters=Page[DeadLetterRead].model_validate_json(letters),
                alerts=AlertsRead.model_validate_json(alerts),
                groups=_GROUPS.validate_json(groups),
            )
        except ValidationError as error:
            raise ApiAway(f"{self.url} answers, but not as the API of this version does.") from error

    async def read_letter(self, letter_id: str) -> DeadLetterDetail:
        return DeadLetterDetail.model_validate_json(await self._get(f"/dead-letters/{_segment(letter_id)}"))

    async def retry_letter(self, letter_id: str) -> DeadLetterRetried:
        answer = await self._ask("POST", f"/dead-letters/{_segment(letter_id)}/retry")
        return DeadLetterRetried.model_validate_json(answer)

    async def pause_group(self, group: str, reason: str) -> None:
        await self._ask("POST", f"/groups/{_segment(group)}/pause", json={"reason": reason})

    async def resume_group(self, group: str) -> None:
        await self._ask("POST", f"/groups/{_segment(group)}/resume")

    async def _lag(self) -> tuple[bytes | None, str | None]:
        # A system without a monitor is there all the same: everything but its lag can be shown.
        response = await self._send("GET", "/lag")
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None, _message(response)
        return _content(response), None

    async def _get(self, path: str, **params: int) -> bytes:
        return await self._ask("GET", path, params=params)

    async def _ask(self, method: str, path: str, **options: Any) -> bytes:
        return _content(await self._send(method, path, **options))

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token()}"}
        try:
            return await self._client.request(method, path, headers=headers, **options)
        except httpx.HTTPError as error:
            raise ApiAway(f"{self.url} does not answer ({type(error).__name__}).") from error


def _segment(text: str) -> str:
    return quote(text, safe="")


def _content(response: httpx.Response) -> bytes:
    if response.is_server_error:
        raise ApiAway(f"The API answers {response.status_code}: {_message(response)}")
    if not response.is_success:
        raise ApiRefused(f"{response.status_code}: {_message(response)}")
    return response.content


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase or "no reason given"
