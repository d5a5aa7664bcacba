"""The embedded stack keeps its promises: real servers, kept data, kept ports, and nothing left behind."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.local.stack import EmbeddedStack, StackAddresses, StackError, running_addresses
from infra.local.state import StackState
from infra.local.valkey import ValkeyServer

pytestmark = pytest.mark.slow

SOURCES = Path(__file__).parents[3]
OWNER = """
import os, sys, time
from pathlib import Path
from infra.local.stack import EmbeddedStack
with EmbeddedStack(Path(sys.argv[1])) as stack:
    print("started as", os.geteuid(), *stack.addresses.as_settings().values(), flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    with EmbeddedStack(tmp_path_factory.mktemp("stack")) as running:
        yield running


async def produce(addresses: StackAddresses, topic: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka_bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=addresses.kafka_bootstrap_servers, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def consume(addresses: StackAddresses, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=addresses.kafka_bootstrap_servers,
        group_id=f"reads-{topic}-{time.monotonic_ns()}",
        session_timeout_ms=2_000,
        heartbeat_interval_ms=500,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        record = await consumer.getone()
        return record.value
    finally:
        await consumer.stop()


async def write_everywhere(addresses: StackAddresses, name: str) -> None:
    await produce(addresses, name, b"kept")
    database = await asyncpg.connect(addresses.database_url)
    await database.execute(f"CREATE TABLE {name} (word text)")
    await database.execute(f"INSERT INTO {name} VALUES ('kept')")
    await database.close()
    async with redis.asyncio.from_url(addresses.redis_url) as client:
        await client.set(name, "kept")


async def assert_kept_everywhere(addresses: StackAddresses, name: str) -> None:
    assert await consume(addresses, name) == b"kept"
    database = await asyncpg.connect(addresses.database_url)
    assert await database.fetchval(f"SELECT word FROM {name}") == "kept"
    await database.close()
    async with redis.asyncio.from_url(addresses.redis_url) as client:
        assert await client.get(name) == b"kept"


def family(stack: EmbeddedStack) -> list[psutil.Process]:
    leaders = [psutil.Process(server.pid) for server in (stack.kafka, stack.postgres, stack.valkey)]
    return [process for leader in leaders for process in (leader, *leader.children(recursive=True))]


def is_over(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_over(processes: list[psutil.Process], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while alive := [process for process in processes if not is_over(process)]:
        assert time.monotonic() < deadline, f"still running: {alive}"
        time.sleep(0.05)


def is_guardian(process: psutil.Process, stack: EmbeddedStack) -> bool:
    # The run has a stack of its own, and a child of another test that ended has no command line any more.
    return process.status() != psutil.STATUS_ZOMBIE and {"infra.local.guardian", str(stack.folder)} <= set(
        process.cmdline()
    )


async def test_three_servers_answer_real_clients(stack: EmbeddedStack) -> None:
    await write_everywhere(stack.addresses, "answers")
    await assert_kept_everywhere(stack.addresses, "answers")
    assert running_addresses(stack.folder) == stack.addresses
    assert stack.addresses.as_settings() == {
        "DELIGHT_KAFKA_BOOTSTRAP_SERVERS": stack.addresses.kafka_bootstrap_servers,
        "DELIGHT_DATABASE_URL": stack.addresses.database_url,
        "DELIGHT_REDIS_URL": stack.addresses.redis_url,
    }


async def test_the_database_is_durable_and_has_pgvector(stack: EmbeddedStack) -> None:
    url = stack.postgres.create_database("one-of-a-test")
    database = await asyncpg.connect(url)
    await database.execute("CREATE EXTENSION vector")
    assert await database.fetchval("SELECT '[1,2,3]'::vector <-> '[1,2,4]'::vector") == 1
    assert await database.fetchval("SHOW fsync") == "on"
    assert await database.fetchval("SHOW server_version_num") >= "180000"
    stack.postgres.drop_database("one-of-a-test")
    with pytest.raises((asyncpg.PostgresError, ConnectionError)):
        await database.fetchval("SELECT 1")
    await database.close()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)


def test_a_second_start_on_one_folder_is_refused(stack: EmbeddedStack) -> None:
    with pytest.raises(StackError, match=rf"already running, started by process {os.getpid()}\. Use that one, stop it"):
        EmbeddedStack(stack.folder).start()
    assert stack.kafka.is_running()


@pytest.mark.parametrize("name", ["kafka", "postgres", "valkey"])
async def test_a_killed_server_starts_again_with_its_data(stack: EmbeddedStack, name: str) -> None:
    table = f"killed_{name}"
    await write_everywhere(stack.addresses, table)
    if name == "valkey":
        time.sleep(1.1)  # noqa: ASYNC251 - appendfsync everysec promises what is a second old
    server = getattr(stack, name)
    port, pid = server.port, server.pid
    relatives = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    server.kill()

    assert not server.is_running()
    assert server.pid is None
    assert all(is_over(process) for process in relatives)
    assert running_addresses(stack.folder) is None
    server.start()
    assert server.is_running()
    assert server.port == port
    assert server.pid != pid
    await assert_kept_everywhere(stack.addresses, table)


async def test_data_and_ports_survive_a_restart_and_nothing_runs_between(stack: EmbeddedStack) -> None:
    before = stack.addresses
    await write_everywhere(before, "restart")
    processes = [*family(stack), *(p for p in psutil.Process().children() if is_guardian(p, stack))]
    assert len(processes) > 4

    stack.stop()
    stack.stop()

    assert all(is_over(process) for process in processes)
    assert running_addresses(stack.folder) is None
    with pytest.raises(StackError, match="not running"):
        _ = stack.addresses
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", stack.kafka.port), timeout=1)
    assert stack.start() == before
    await assert_kept_everywhere(before, "restart")


async def test_a_port_that_somebody_took_is_replaced(stack: EmbeddedStack) -> None:
    await write_everywhere(stack.addresses, "moved")
    before = stack.addresses
    taken = [stack.kafka.port, StackState(stack.folder).ports["kafka-controller"], stack.valkey.port]
    stack.stop()
    strangers = [socket.create_server(("127.0.0.1", port)) for port in taken]
    try:
        after = stack.start()
    finally:
        for stranger in strangers:
            stranger.close()
    assert after.kafka_bootstrap_servers != before.kafka_bootstrap_servers
    assert after.redis_url != before.redis_url
    assert after.database_url == before.database_url
    await assert_kept_everywhere(after, "moved")


def start_owner(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], cwd=SOURCES, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert any(line.startswith("started as") for line in owner.stdout)
    return owner, psutil.Process(owner.pid).children(recursive=True)


def kill_owner(owner: subprocess.Popen[str]) -> None:
    owner.kill()
    owner.communicate()


async def test_servers_do_not_outlive_a_killed_owner(tmp_path: Path) -> None:
    owner, processes = start_owner(tmp_path)
    kill_owner(owner)
    wait_until_over(processes)

    owner, processes = start_owner(tmp_path)
    [guardian] = [process for process in processes if "infra.local.guardian" in process.cmdline()]
    guardian.kill()
    kill_owner(owner)
    servers = [process for process in processes if process != guardian]
    assert not any(is_over(process) for process in servers)
    with EmbeddedStack(tmp_path):
        assert all(is_over(process) for process in servers)


def test_a_failed_start_shows_the_last_lines_of_the_log(tmp_path: Path) -> None:
    state = StackState(tmp_path)
    state.choose_ports()
    valkey = ValkeyServer(tmp_path, state)
    valkey.start()
    valkey.stop()
    next((tmp_path / "valkey" / "appendonlydir").glob("*.manifest")).write_text("nonsense\n")
    with pytest.raises(StackError, match=r"(?s)Valkey ended while starting \(exit code 1\).*valkey\.log:\n.*manifest"):
        valkey.start()
    assert not valkey.is_running()


def test_an_unusable_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StackError, match=r"cannot use the folder .*file/stack.*choose another folder"):
        EmbeddedStack(tmp_path / "file" / "stack").start()
