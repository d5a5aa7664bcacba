"""The servers that a benchmark runs on, and what is made anew in them for each run."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psycopg
from redis import Redis

from benchmarks.databases import Databases
from infra.kafka import apply_topics
from infra.local.stack import EmbeddedStack
from infra.settings import Environment, Settings

ROOT = Path(__file__).parents[1]
PARTITIONS = 4
SECRET = "only for benchmarks on this machine, 32 bytes"


@dataclass(frozen=True)
class BenchSystem:
    """A fresh database, fresh topics and an empty Valkey on the stack that all runs share."""

    settings: Settings
    folder: Path

    @property
    def topic(self) -> str:
        """The events of `workload.BenchRequested`."""
        return f"{self.settings.kafka_topic_prefix}bench.requested"

    def environment(self) -> dict[str, str]:
        """What a process of this system needs to know: ours by `DELIGHT_…`, the other contenders by `BENCH_…`."""
        settings = self.settings
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("DELIGHT_")},
            "PYTHONPATH": str(ROOT),
            "DELIGHT_ENVIRONMENT": "development",
            "DELIGHT_LOG_JSON": "true",
            "DELIGHT_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "DELIGHT_KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
            "DELIGHT_KAFKA_PARTITIONS": str(settings.kafka_partitions),
            "DELIGHT_DATABASE_URL": settings.database_url,
            "DELIGHT_REDIS_URL": settings.redis_url,
            "DELIGHT_AUTH_DEVELOPMENT_SECRET": SECRET,
            # Counted as always; only nobody is refused.
            "DELIGHT_RATE_LIMIT": "1000000/minute",
            "DELIGHT_API_PORT": str(settings.api_port),
            "DELIGHT_METRICS_PORT": "0",
            "BENCH_DATABASE_URL": settings.database_url,
            "BENCH_REDIS_URL": settings.redis_url,
            "BENCH_KAFKA": settings.kafka_bootstrap_servers,
            "BENCH_TOPIC": self.topic,
        }

    def connect(self) -> psycopg.Connection[tuple[int]]:
        """A connection of its own, each statement its own transaction."""
        return psycopg.connect(self.settings.database_url, autocommit=True)


class Bench:
    """One embedded stack for a whole run. A context manager."""

    def __init__(self) -> None:
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.folder = Path(self._resources.enter_context(_temporary_folder()))
        self.stack = self._resources.enter_context(EmbeddedStack(self.folder))
        self._databases = Databases(self.stack)
        return self

    def __exit__(self, *_: object) -> None:
        # Nobody needs its data any more, and with many topics it takes long to end gracefully.
        self.stack.kafka.kill()
        self._resources.close()

    @contextlib.contextmanager
    def system(
        self, *, topics: tuple[str, ...] = ("bench.requested", "bench.retry"), rows: int = 0
    ) -> Iterator[BenchSystem]:
        """A system of its own, with so many settled jobs of the past; its database goes away in the end."""
        name = f"bench{uuid4().hex[:8]}"
        url = self._databases.create(name, rows=rows)
        addresses = self.stack.addresses
        settings = Settings(
            environment=Environment.DEVELOPMENT,
            kafka_bootstrap_servers=addresses.kafka_bootstrap_servers,
            kafka_topic_prefix=f"{name}.",
            kafka_partitions=PARTITIONS,
            database_url=url,
            redis_url=addresses.redis_url,
            auth_development_secret=SECRET,
            api_port=free_port(),
        )
        Redis.from_url(addresses.redis_url).flushall()
        asyncio.run(apply_topics(settings, [f"{settings.kafka_topic_prefix}{topic}" for topic in topics]))
        folder = self.folder / name
        folder.mkdir()
        try:
            yield BenchSystem(settings, folder)
        finally:
            self._databases.drop(name)
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def _temporary_folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="delight-bench-") as folder:
        # PostgreSQL runs as another user when this is root.
        Path(folder).chmod(0o755)
        yield folder


def describe_machine() -> dict[str, str | int]:
    """What the numbers depend on, without a name of the machine."""
    model = "unknown"
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "processor": model,
        "cores": os.cpu_count() or 0,
        "memory_gib": round(memory / 2**30),
        "system": os.uname().sysname + " " + os.uname().release.split("-")[0],
        "commit": commit.stdout.strip() or "unknown",
    }


def taken_by_the_host(before: Any, after: Any) -> float:
    """The share of the processors' time, between two `psutil.cpu_times()`, that a virtual machine wanted and did not get."""
    passed = sum(after) - sum(before)
    return round((getattr(after, "steal", 0.0) - getattr(before, "steal", 0.0)) / passed, 3) if passed else 0.0
