"""The pacing leans on a private name of aiokafka: this says so when an upgrade moves it."""

import asyncio
import inspect
import socket

import aiokafka
from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient

from infra.kafka import client_options, create_broker
from infra.kafka_pacing import pace_metadata_updates
from infra.settings import Settings


def test_the_patched_method_is_as_we_know_it() -> None:
    pace_metadata_updates()
    # Where it was read: if this fails, compare `AIOKafkaClient._metadata_update` and its callers with the new version.
    assert aiokafka.__version__.startswith("0.14.")
    unpaced = inspect.getclosurevars(AIOKafkaClient._metadata_update).nonlocals["unpaced"]
    assert inspect.iscoroutinefunction(unpaced)
    assert list(inspect.signature(unpaced).parameters) == ["self", "cluster_metadata", "topics"]
    assert "self._metadata_update(self.cluster" in inspect.getsource(AIOKafkaClient)


def test_it_is_installed_once_and_by_everything_that_makes_clients(settings: Settings) -> None:
    pace_metadata_updates()
    installed = AIOKafkaClient._metadata_update
    client_options(settings)
    create_broker(settings)
    pace_metadata_updates()
    assert AIOKafkaClient._metadata_update is installed


async def test_with_nobody_there_metadata_are_asked_for_at_a_bounded_rate() -> None:
    pace_metadata_updates()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        client = AIOKafkaClient(bootstrap_servers=[f"127.0.0.1:{nobody.getsockname()[1]}"])
        asked = 0

        async def ask_without_a_pause() -> None:
            nonlocal asked
            while True:
                assert await client._metadata_update(client.cluster, []) is False
                asked += 1

        asking = asyncio.create_task(ask_without_a_pause())
        await asyncio.wait({asking}, timeout=2)
        asking.cancel()
        await client.close()
    # Without pacing this is a loop as fast as the machine.
    assert 2 <= asked <= 20


async def test_with_a_broker_there_nothing_waits_for_long(settings: Settings) -> None:
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        for _ in range(5):
            assert await producer.client._metadata_update(producer.client.cluster, []) is True
