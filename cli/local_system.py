"""The whole platform from one folder: embedded stack, schema, topics and processes, started and stopped in order."""

import asyncio
import importlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from cli.concurrency import gather_all
from cli.folder import ProjectFolder, RunningSystem, as_environment, development_settings
from cli.supervisor import Child, LineSink, Supervisor
from cli.web import WebServer, address_of
from infra.local.process import ProcessIdentity
from infra.local.progress import Reporter
from infra.local.stack import EmbeddedStack
from infra.settings import Settings, load_settings

PROCESSES = ("api", "worker", "relay", "scheduler", "monitor")
WEB = "web"
_TITLES = {
    "api": "API",
    "worker": "Worker",
    "relay": "Relay",
    "scheduler": "Scheduler",
    "monitor": "Monitor",
    "web": "Web",
}
_READY_PATIENCE_SECONDS = 90.0
# The worker's own grace for running jobs, and a little for the rest of its leave.
_STOP_MARGIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What a start tells while it goes on: a step that is done and the seconds it took, with a detail."""

    step: Callable[[str, float, str], None]
    stack: Reporter


class LocalSystem:
    """`start`, then `stop`. One system per folder: the stack's lock sees to it."""

    def __init__(
        self, folder: ProjectFolder, *, progress: Progress, sink: LineSink, web: WebServer | None = None
    ) -> None:
        self._folder = folder
        self._web = web
        self._progress = progress
        self._stack = EmbeddedStack(folder.path, reporter=progress.stack)
        self._supervisor = Supervisor(sink)
        self._settings: Settings | None = None
        self.web_url: str | None = None

    @property
    def settings(self) -> Settings:
        assert self._settings is not None, "start() has not returned"
        return self._settings

    def pid(self, process: str) -> int | None:
        return self._supervisor.pid(process)

    async def start(self) -> Settings:
        """Everything answers when this returns its settings. Raises `DelightException` otherwise; then `stop`."""
        # In threads, so that waiting does not block signals. Importing takes seconds that the servers need anyway.
        importing = asyncio.create_task(asyncio.to_thread(_import_the_platform))
        stack = await asyncio.to_thread(self._stack.start)
        await importing
        names = PROCESSES if self._web is None else (*PROCESSES, WEB)
        ports = self._folder.choose_ports(names)
        addresses = {
            "kafka_bootstrap_servers": stack.kafka_bootstrap_servers,
            "database_url": stack.database_url,
            "redis_url": stack.redis_url,
            "api_url": f"http://127.0.0.1:{ports['api']}",
        }
        local = development_settings(self._folder, addresses)
        self._settings = settings = load_settings(**local)
        await gather_all((self._migrate(settings), self._create_topics(settings)))
        children = [self._child(name, local, ports) for name in PROCESSES]
        if self._web is not None:
            self.web_url = address_of(ports[WEB])
            children.append(self._web.child({**os.environ, **as_environment(local)}, ports[WEB]))
        self._supervisor.start(children)
        await gather_all(self._wait_until_ready(name, ports[name]) for name in names)
        supervisor = ProcessIdentity.of(os.getpid())
        self._folder.write_record(RunningSystem(supervisor=supervisor, web_url=self.web_url, **addresses))
        return settings

    async def stop(self) -> None:
        """Drain the processes, then stop the servers. Nothing of the system runs when this returns."""
        self._folder.remove_record()
        drain = self._settings.worker_drain_timeout.total_seconds() if self._settings else 0.0
        await self._supervisor.stop(patience_seconds=drain + _STOP_MARGIN_SECONDS)
        await asyncio.to_thread(self._stack.stop)

    def kill(self) -> NoReturn:
        """End now, this process too. The stack's guardian outlives us and stops the servers."""
        self._folder.remove_record()
        self._supervisor.kill()
        os._exit(1)

    async def _migrate(self, settings: Settings) -> None:
        from models.schema import current, upgrade

        began = time.monotonic()
        await asyncio.to_thread(upgrade, settings.database_url)
        revision = await asyncio.to_thread(current, settings.database_url)
        self._progress.step("Schema", time.monotonic() - began, f"at revision {revision}")

    async def _create_topics(self, settings: Settings) -> None:
        from cli.topic_list import all_topics
        from infra.kafka import apply_topics

        began = time.monotonic()
        topics = all_topics(settings)
        created = await apply_topics(settings, [topic.name for topic in topics])
        detail = f"{len(topics)}, {len(created)} of them new" if created else f"{len(topics)}"
        self._progress.step("Topics", time.monotonic() - began, detail)

    def _child(self, name: str, local: dict[str, str], ports: dict[str, int]) -> Child:
        listening = {"api_port": str(ports["api"])} if name == "api" else {"metrics_port": str(ports[name])}
        # JSON, whatever the person prefers to read: the log view renders it.
        ours = as_environment({**local, **listening, "log_json": "true"})
        return Child(
            name=name,
            command=(sys.executable, "-m", "cli", name, "--supervised"),
            environment={**os.environ, **ours, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            ready_url=f"http://127.0.0.1:{ports[name]}/readyz",
        )

    async def _wait_until_ready(self, name: str, port: int) -> None:
        began = time.monotonic()
        await self._supervisor.wait_until_ready(name, patience_seconds=_READY_PATIENCE_SECONDS)
        self._progress.step(_TITLES[name], time.monotonic() - began, f"ready at http://127.0.0.1:{port}")


def _import_the_platform() -> None:
    for module in ("consumers.registry", "infra.kafka", "models.schema"):
        importlib.import_module(module)
