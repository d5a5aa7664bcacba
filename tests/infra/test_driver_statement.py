"""Statements that the driver is given itself: its errors mean what SQLAlchemy's would, and its connections stay well."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from infra.database import create_engine, is_data_error, is_from_database, is_outage, session_factory
from infra.driver_statement import DriverStatement
from infra.settings import Settings
from tests.conftest import SettingsFactory
from tests.support.waiting import until

SUM = DriverStatement("SELECT CAST(:one AS int) + CAST(:other AS int) + CAST(:one AS int)")
SLEEP = DriverStatement("SELECT pg_sleep(CAST(:seconds AS float8))")
END_MYSELF = DriverStatement("SELECT pg_terminate_backend(pg_backend_pid())")
NOTE = DriverStatement("INSERT INTO notes VALUES (:number) RETURNING number")


@pytest.fixture
async def small(make_settings: SettingsFactory) -> AsyncIterator[AsyncEngine]:
    """An engine of two connections whose statements may take a second."""
    settings: Settings = make_settings(database_timeout=timedelta(seconds=1))
    engine = create_engine(settings, pool_size=2)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS notes (number int PRIMARY KEY)"))
    yield engine
    await engine.dispose()


async def numbers(engine: AsyncEngine) -> list[int]:
    async with engine.connect() as connection:
        return [row[0] for row in await connection.execute(text("SELECT number FROM notes ORDER BY 1"))]


async def answers(engine: AsyncEngine) -> None:
    """Both of the pool's connections do."""
    for values in await asyncio.gather(*(SUM.fetch_alone(engine, {"one": 1, "other": 2}) for _ in range(4))):
        assert [tuple(row) for row in values] == [(4,)]


async def test_names_stand_for_values(small: AsyncEngine) -> None:
    await answers(small)


async def test_alone_it_is_its_own_transaction(small: AsyncEngine) -> None:
    await NOTE.fetch_alone(small, {"number": 1})
    assert await numbers(small) == [1]


async def test_connections_that_ended_while_idle_are_replaced(small: AsyncEngine) -> None:
    """As after a restart of the server: nobody is told of it who comes later."""
    pooled = [await small.raw_connection() for _ in range(2)]
    ended = [connection.driver_connection for connection in pooled]
    for connection in pooled:
        await greenlet_spawn(connection.close)
    async with small.connect() as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        await connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    # One of the two asked for that.
    await until(lambda: sum(driver is not None and driver.is_closed() for driver in ended) == 1)
    await answers(small)


async def test_a_connection_that_ends_is_an_outage(small: AsyncEngine) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is what is asked
        await END_MYSELF.fetch_alone(small, {})
    assert is_outage(raised.value)
    assert is_from_database(raised.value)
    assert not is_data_error(raised.value)
    await answers(small)


async def test_a_deadline_that_passes_is_an_outage(small: AsyncEngine) -> None:
    with pytest.raises(TimeoutError) as raised:
        await SLEEP.fetch_alone(small, {"seconds": 5})
    assert is_outage(raised.value)
    assert is_from_database(raised.value)
    await answers(small)


async def test_whoever_is_cancelled_leaves_no_connection_behind(small: AsyncEngine) -> None:
    for _ in range(3):
        asking = asyncio.create_task(SLEEP.fetch_alone(small, {"seconds": 0.9}))
        await asyncio.sleep(0.1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await answers(small)


@pytest.mark.parametrize("one", ["no number", 2**40])
async def test_what_the_driver_cannot_send_is_the_datas_fault(small: AsyncEngine, one: object) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - as above
        await SUM.fetch_alone(small, {"one": one, "other": 1})
    assert is_data_error(raised.value)
    assert not is_outage(raised.value)
    await answers(small)


async def test_what_the_database_refuses_is_the_datas_fault(small: AsyncEngine) -> None:
    await NOTE.fetch_alone(small, {"number": 7})
    with pytest.raises(Exception) as raised:  # noqa: PT011 - as above
        await NOTE.fetch_alone(small, {"number": 7})
    assert is_data_error(raised.value)
    assert is_from_database(raised.value)


@pytest.mark.parametrize("first", [True, False])
async def test_within_a_session_it_belongs_to_its_transaction(small: AsyncEngine, *, first: bool) -> None:
    """Also as the first statement, of which SQLAlchemy knows nothing."""
    sessions = session_factory(small)
    async with sessions() as session, session.begin() as transaction:
        if not first:
            await session.execute(text("INSERT INTO notes VALUES (100)"))
        assert [row["number"] for row in await NOTE.fetch_within(session, {"number": 101})] == [101]
        await transaction.rollback()
    assert not {100, 101} & set(await numbers(small))
    async with sessions() as session, session.begin():
        if not first:
            await session.execute(text("INSERT INTO notes VALUES (100)"))
        await NOTE.fetch_within(session, {"number": 101})
    assert 101 in await numbers(small)


async def test_a_connection_that_ends_within_a_transaction_is_an_outage(small: AsyncEngine) -> None:
    async def settle() -> None:
        async with session_factory(small)() as session, session.begin():
            await session.execute(text("INSERT INTO notes VALUES (200)"))
            await END_MYSELF.fetch_within(session, {})

    with pytest.raises(Exception) as raised:  # noqa: PT011 - as above
        await settle()
    assert is_outage(raised.value)
    assert is_from_database(raised.value)
    assert not is_data_error(raised.value)
    assert 200 not in await numbers(small)
    await answers(small)
