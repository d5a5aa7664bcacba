"""Listen to the live frames of many channels over one Redis pub/sub connection, which comes back by itself.

redis-py's own PubSub lets whoever subscribes and whoever reads reconnect at the same time; here one task owns the
connection, and a subscription counts only once the server has confirmed it.
"""

import asyncio
import math
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import structlog
from redis.exceptions import RedisError

from infra.exceptions import ServiceUnavailable
from infra.redis import RedisClient, own_connection

log = structlog.get_logger(__name__)

# Silence after which the server is asked for a sign of life, and how many such silences end the connection.
PING_EVERY = 5.0
MAX_SILENCES = 2
# A reconnection tries again after this, doubled up to the longest.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
# Channels of one SUBSCRIBE when all are subscribed again.
BATCH = 500


class FrameListener:
    """One connection for every channel wanted.

    `on_message` is told of each message. `on_subscribed` is told of each confirmation; between the loss of a connection
    and the next confirmation messages are missed. Both are called by the reading task and must not block.
    """

    def __init__(
        self,
        redis: RedisClient,
        *,
        confirmation_timeout: float,
        on_message: Callable[[str, str], None],
        on_subscribed: Callable[[str], None],
    ) -> None:
        self._redis = redis
        self._timeout = confirmation_timeout
        self._on_message = on_message
        self._on_subscribed = on_subscribed
        # Wanted channels, each with the generation that serves it once that is confirmed.
        self._wanted: dict[str, asyncio.Future[int]] = {}
        # Confirmations that are under way: a channel left and wanted again counts only from its last one.
        self._awaited: Counter[str] = Counter()
        self._commands: deque[tuple[str, ...]] = deque()
        self._commanded = asyncio.Event()
        self._connected = False
        self._heard = False
        self._task: asyncio.Task[None] | None = None
        self.generation = 0

    def start(self) -> None:
        """Connect now and again for as long as it takes."""
        self._task = asyncio.create_task(self._run(), name="frame-listener")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def subscribe(self, channel: str) -> int:
        """Listen to `channel`; returns the generation of the connection that does, once the server confirmed it.

        Raises `ServiceUnavailable` when it does not in time. The channel stays wanted until `unsubscribe`.
        """
        if channel not in self._wanted:
            self._wanted[channel] = asyncio.get_running_loop().create_future()
            if self._connected:
                self._subscribe([channel])
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.shield(self._wanted[channel])
        except TimeoutError:
            raise ServiceUnavailable("Live updates are not available now.") from None

    def unsubscribe(self, channel: str) -> None:
        """Stop listening to `channel`."""
        if self._wanted.pop(channel, None) is not None and self._connected:
            self._command("UNSUBSCRIBE", channel)

    def _subscribe(self, channels: list[str]) -> None:
        self._awaited.update(channels)
        self._command("SUBSCRIBE", *channels)

    def _command(self, *words: str) -> None:
        self._commands.append(words)
        self._commanded.set()

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._serve_connection()
            except (RedisError, OSError) as error:
                pause = FIRST_PAUSE if self._heard else min(LONGEST_PAUSE, pause * 2)
                log.warning("frame_listener.disconnected", error=repr(error), retry_in_s=pause)
            await asyncio.sleep(pause)

    async def _serve_connection(self) -> None:
        self._heard = False
        # Protocol 2 delivers messages as plain answers; a health check would read from under our hands.
        connection = own_connection(self._redis, protocol=2, health_check_interval=0)
        writing: asyncio.Task[None] | None = None
        try:
            await connection.connect()
            self._subscribe_all_again()
            writing = asyncio.create_task(self._write(connection), name="frame-listener-writer")
            while True:
                self._take(await connection.read_response(disable_decoding=True, timeout=math.inf))
        finally:
            self._connected = False
            self._commands.clear()
            if writing is not None:
                writing.cancel()
                # Its own error is of no interest: the reader has seen the same loss.
                await asyncio.gather(writing, return_exceptions=True)
            for channel, live in self._wanted.items():
                if live.done():
                    self._wanted[channel] = asyncio.get_running_loop().create_future()
            await connection.disconnect(nowait=True)

    def _subscribe_all_again(self) -> None:
        self.generation += 1
        self._commands.clear()
        self._awaited.clear()
        channels = list(self._wanted)
        for start in range(0, len(channels), BATCH):
            self._subscribe(channels[start : start + BATCH])
        self._connected = True
        log.info("frame_listener.connected", channels=len(channels))

    async def _write(self, connection: Any) -> None:
        """Send the commands in their order, and a PING into silence. However this ends, the reader ends too."""
        silences = 0
        try:
            while silences < MAX_SILENCES:
                try:
                    async with asyncio.timeout(PING_EVERY):
                        await self._commanded.wait()
                except TimeoutError:
                    silences = 0 if self._heard else silences + 1
                    self._heard = False
                    self._command("PING")
                self._commanded.clear()
                # All at once: one by one, each would wait for a busy event loop, and its reader with it.
                packed = connection.pack_commands(self._commands)
                self._commands.clear()
                await connection.send_packed_command(packed, check_health=False)
        finally:
            await connection.disconnect(nowait=True)

    def _take(self, answer: Any) -> None:
        self._heard = True
        if not isinstance(answer, list):
            return
        kind = answer[0]
        if kind == b"message":
            self._on_message(answer[1].decode(), answer[2].decode())
        elif kind == b"subscribe":
            self._confirm(answer[1].decode())

    def _confirm(self, channel: str) -> None:
        self._awaited[channel] -= 1
        if self._awaited[channel] > 0:
            return
        del self._awaited[channel]
        live = self._wanted.get(channel)
        if live is not None and not live.done():
            live.set_result(self.generation)
            self._on_subscribed(channel)
