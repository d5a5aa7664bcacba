"""What an agent is told while PostgreSQL goes away is never held against its job."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest
from pydantic import SecretStr

from infra.database import create_engine, is_outage
from infra.settings import Environment, Settings

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def close_when_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8)
    writer.close()


async def close_when_logging_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8)
    # PostgreSQL's answer to the question for TLS: there is none.
    writer.write(b"N")
    await reader.read(8)
    writer.close()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


@pytest.mark.parametrize("serve", [close, close_when_asked, close_when_logging_in, reset, say_nothing])
async def test_a_connection_that_ends_before_it_is_made_is_an_outage(serve: Serve) -> None:
    """A server that goes down accepts connections which it then drops; which error says so is a matter of the moment."""
    server = await asyncio.start_server(serve, "127.0.0.1")
    address, port = server.sockets[0].getsockname()
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        auth_development_secret=SecretStr("a-secret-for-tests-only-0123456789abcdef"),
        database_url=f"postgresql://delight@{address}:{port}/delight",
        database_timeout="PT0.3S",
    )
    engine = create_engine(settings)
    try:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is what is asked
            await engine.connect()
        assert is_outage(raised.value), repr(raised.value)
    finally:
        await engine.dispose()
        server.close()
        await server.wait_closed()


def test_a_lost_connection_of_the_agents_own_is_none() -> None:
    assert not is_outage(ConnectionResetError())
    assert not is_outage(TimeoutError())
