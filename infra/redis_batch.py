"""Commands of many requests on one connection: what gathers while a batch is under way leaves together as the next.

A request that sends its command alone pays for a connection, a system call and an answer of its own; under load that is
most of what it costs. Nothing waits for a batch to fill: the first command leaves at once. Only a command that is given
`soon` goes with whatever leaves next, for its answer has time.
"""

import asyncio
from typing import Any

import hiredis
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from infra.redis import RedisClient, own_connection

# Commands of one batch: more would keep those of other clients waiting.
MOST = 500
# Seconds that a command which has time waits for company. Kafka's acknowledgement takes about as long.
SOON = 0.002

_Command = tuple[asyncio.Future[Any], tuple[Any, ...]]


class RedisBatch:
    """Sends commands and gives each its own answer or error, as the client would, on a connection beside its pool."""

    def __init__(self, redis: RedisClient) -> None:
        self._pool = redis.connection_pool
        # The deadline of a batch is one for all its answers: the connection's own would be made anew for each of them.
        self._connection = own_connection(redis, socket_timeout=None, health_check_interval=0)
        self._timeout: float | None = self._pool.connection_kwargs.get("socket_timeout")
        self._waiting: list[_Command] = []
        self._later: list[_Command] = []
        self._sending: asyncio.Task[None] | None = None

    async def execute(self, *command: Any) -> Any:
        """The answer to one command. Raises the client's `RedisError` or `OSError`."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((answer, command))
        self._begin()
        return await answer

    def soon(self, *command: Any) -> asyncio.Future[Any]:
        """The answer to a command that goes with the next one, or alone after `SOON`. Fails as `execute` does."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        if not self._later:
            loop.call_later(SOON, self._go_alone)
        self._later.append((answer, command))
        return answer

    def _begin(self) -> None:
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all(), name="redis-batch")

    def _go_alone(self) -> None:
        if self._later:
            self._waiting, self._later = self._later + self._waiting, []
            self._begin()

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                commands, self._later = self._later + self._waiting, []
                batch, self._waiting = commands[:MOST], commands[MOST:]
                await self._send(batch)
        except BaseException:
            # Only when this task was cancelled: the loop is ending.
            for answer, _ in self._later + self._waiting:
                answer.cancel()
            self._later.clear()
            self._waiting.clear()
            raise
        finally:
            self._sending = None

    async def _send(self, batch: list[_Command]) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                answers = await self._ask([command for _, command in batch])
        except (RedisError, OSError) as error:
            await self._connection.disconnect(nowait=True)
            told = RedisTimeoutError("Redis did not answer in time.") if isinstance(error, TimeoutError) else error
            answers = [told] * len(batch)
        except BaseException:
            for answer, _ in batch:
                answer.cancel()
            raise
        for (answer, _), value in zip(batch, answers, strict=True):
            if answer.done():
                continue  # whoever asked has gone
            if isinstance(value, Exception):
                answer.set_exception(value)
            else:
                answer.set_result(value)

    async def _ask(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """The answers, with an exception where one is an error. Raises the client's errors of the connection."""
        connection = self._connection
        # Connected, and anew where the server has closed it since the last batch.
        await self._pool.ensure_connection(connection)
        packed = b"".join(map(hiredis.pack_command, commands))
        await connection.send_packed_command(packed, check_health=False)
        answers: list[Any] = []
        for _ in commands:
            try:
                answers.append(await connection.read_response())
            except ResponseError as error:
                answers.append(error)
        return answers

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.disconnect(nowait=True)
