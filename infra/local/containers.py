"""The same stack from containers, for machines that have an engine: `DELIGHT_TEST_STACK=containers`.

Untested: no container engine was at hand when this was written, so every line here has been type-checked only.
It needs the development dependency `testcontainers`. Data live as long as the object: `stop()` of the stack removes
the containers, `stop()`, `kill()` and `start()` of one server keep its port and its data.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.local.databases import create_database, drop_database
from infra.local.errors import StackError
from infra.local.progress import Reporter, SilentReporter
from infra.local.readiness import kafka_answers, postgres_answers, valkey_answers
from infra.local.stack import StackAddresses
from infra.local.state import free_port

_PATIENCE_SECONDS = 120.0
_HOST = "127.0.0.1"


class ContainerServer:
    """One server in a container with a fixed port on this machine."""

    def __init__(
        self,
        name: str,
        image: str,
        inner_port: int,
        answers: Callable[[str, int], bool],
        environment: Callable[[int], dict[str, str]] = lambda _port: {},
        command: str | None = None,
    ) -> None:
        self.name = name
        self.port = free_port()
        self.log_path: Path | None = None  # the engine keeps the logs
        self._image = image
        self._inner_port = inner_port
        self._answers = answers
        self._environment = environment(self.port)
        self._command = command
        self._container: Any = None

    @property
    def pid(self) -> int | None:
        return None if not self.is_running() else int(self._engine_object().attrs["State"]["Pid"])

    def is_running(self) -> bool:
        if self._container is None:
            return False
        container = self._engine_object()
        container.reload()
        return bool(container.status == "running")

    def start(self) -> None:
        if self._container is None:
            self._container = self._create()
            self._container.start()
        elif not self.is_running():
            self._engine_object().start()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers(_HOST, self.port):
            if time.monotonic() > deadline:
                raise StackError(f"The container of {self.name} does not answer. Read its log with `docker logs`.")
            time.sleep(0.1)

    def stop(self) -> None:
        if self.is_running():
            self._engine_object().stop()

    def kill(self) -> None:
        if self.is_running():
            self._engine_object().kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        if self._container is not None:
            self._container.stop()
            self._container = None

    def _engine_object(self) -> Any:
        return self._container.get_wrapped_container()

    def _create(self) -> Any:
        try:
            from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - a development dependency
        except ImportError as error:
            raise StackError("The package testcontainers is missing: run `uv sync` and start again.") from error
        try:
            container = DockerContainer(self._image, command=self._command, env=self._environment)
        except Exception as error:
            raise StackError(
                "No container engine answers. Start one, or leave out DELIGHT_TEST_STACK=containers."
            ) from error
        return container.with_bind_ports(self._inner_port, self.port)


class ContainerPostgres(ContainerServer):
    @property
    def url(self) -> str:
        return self._url("delight")

    def create_database(self, name: str) -> str:
        create_database(self._url("postgres"), name)
        return self._url(name)

    def drop_database(self, name: str) -> None:
        drop_database(self._url("postgres"), name)

    def _url(self, database: str) -> str:
        return f"postgresql://delight@{_HOST}:{self.port}/{database}"


class ContainerStack:
    """The surface of EmbeddedStack. The folder is not used: the engine keeps the data."""

    def __init__(self, folder: Path, *, reporter: Reporter | None = None) -> None:
        self.folder = folder
        self._reporter: Reporter = reporter or SilentReporter()
        self._started = False
        self.kafka = ContainerServer("kafka", "apache/kafka:4.3.1", 9092, kafka_answers, _kafka_environment)
        self.postgres = ContainerPostgres(
            "postgres",
            "pgvector/pgvector:pg18",
            5432,
            postgres_answers,
            lambda _port: {"POSTGRES_USER": "delight", "POSTGRES_DB": "delight", "POSTGRES_HOST_AUTH_METHOD": "trust"},
        )
        self.valkey = ContainerServer(
            "valkey",
            "valkey/valkey:9",
            6379,
            valkey_answers,
            command="valkey-server --appendonly yes --appendfsync everysec",
        )

    @property
    def addresses(self) -> StackAddresses:
        if not self._started:
            raise StackError("The stack is not running. Start it first.")
        return StackAddresses(f"{_HOST}:{self.kafka.port}", self.postgres.url, f"redis://{_HOST}:{self.valkey.port}/0")

    def start(self) -> StackAddresses:
        servers = (self.kafka, self.postgres, self.valkey)
        try:
            with ThreadPoolExecutor(len(servers)) as pool:
                for done in [pool.submit(self._start_one, server) for server in servers]:
                    done.result()
        except BaseException:
            self.stop()
            raise
        self._started = True
        return self.addresses

    def stop(self) -> None:
        for server in (self.kafka, self.postgres, self.valkey):
            server.remove()
        self._started = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_one(self, server: ContainerServer) -> None:
        began = time.monotonic()
        server.start()
        self._reporter.started(server.name, time.monotonic() - began, f"{_HOST}:{server.port}")


def _kafka_environment(port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{_HOST}:{port}",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
