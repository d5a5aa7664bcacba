"""Who is compared, how each is run, and what each guarantees: the one table to look at when judging fairness.

Every contender takes the same job: an event of about 500 bytes, an agent that does nothing, one row in PostgreSQL, and
remembering that it is done. Where its documentation, or its authors' own benchmark, names a setting for throughput, it is
set. Logging of single jobs is off for all.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.system import ROOT

BIN = ROOT / ".venv-bench" / "bin"
RESTATE = ROOT / ".venv-bench" / "npm" / "node_modules" / ".bin" / "restate-server"
_MODULE = "benchmarks.contenders"


@dataclass(frozen=True)
class Contender:
    """One way to do the job.

    `package` gives the version. `settings` is what was set and why, `guarantees` what holds when a worker is killed.
    `work` is the command of its worker, in its own way of running one; `enqueue` the command that enqueues `{count}`
    jobs, or None when they are read from the Kafka topic. `is_queue`: counts among the Python queues that ours is
    compared with. `jobs_factor`: so many more jobs, for who would be done before anything could be measured.
    """

    name: str
    package: str
    transport: str
    processes: int
    settings: str
    delivery: str
    effects: str
    ordering: str
    work: tuple[str, ...]
    enqueue: tuple[str, ...] | None = None
    is_queue: bool = True
    jobs_factor: int = 1
    missing: Callable[[], str | None] = lambda: None
    """Why it cannot be run here, if it cannot."""


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / "python"), "-m", f"{_MODULE}.{module}", *arguments)


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def _enqueue(module: str) -> tuple[str, ...]:
    return _python(module, "enqueue", "{count}")


def _no_restate() -> str | None:
    if not RESTATE.exists():
        return "its server was not installed: npm was not found, or the package has none for this machine"
    return None


def _no_bench_environment() -> str | None:
    return None if (BIN / "python").exists() else "`make bench` makes its environment, .venv-bench"


ALL: Sequence[Contender] = (
    Contender(
        name="ceiling",
        package="aiokafka",
        transport="Kafka",
        processes=1,
        settings="getmany of up to 1,000 records, one multi-row INSERT per batch, commit after it; nothing is decoded",
        delivery="at least once",
        effects="twice after a crash",
        ordering="-",
        work=_python("ceiling"),
        is_queue=False,
        jobs_factor=5,
        missing=_no_bench_environment,
    ),
    Contender(
        name="delight",
        package="delight",
        transport="Kafka",
        processes=1,
        settings="as shipped: INFO logs and metrics on, 1,000 jobs in flight",
        delivery="at least once; watermark of settled offsets",
        effects="once: inbox, job row and result in one transaction",
        ordering="per person, one at a time",
        work=(sys.executable, "-m", f"{_MODULE}.delight_worker", "bench"),
        is_queue=False,
        jobs_factor=5,
    ),
    Contender(
        name="faststream",
        package="faststream",
        transport="Kafka",
        processes=1,
        settings="AckPolicy.ACK, max_workers=4: one consumer for each partition",
        delivery="at least once, but a failed message is acknowledged",
        effects="twice after a crash",
        ordering="per partition",
        work=_python("faststream_plain"),
        is_queue=False,
        missing=_no_bench_environment,
    ),
    Contender(
        name="taskiq",
        package="taskiq",
        transport="Valkey stream",
        processes=2,
        settings="RedisStreamBroker, 2 workers, 100 async tasks each, prefetch 100, uvloop",
        delivery="at least once; unacknowledged ones come again after 10 minutes",
        effects="twice after a crash",
        ordering="none",
        work=_tool(
            "taskiq",
            "worker",
            f"{_MODULE}.taskiq_queue:broker",
            "--workers=2",
            "--max-async-tasks=100",
            "--max-prefetch=100",
            "--log-level=WARNING",
        ),
        enqueue=_enqueue("taskiq_queue"),
        missing=_no_bench_environment,
    ),
    Contender(
        name="streaq",
        package="streaq",
        transport="Valkey streams",
        processes=2,
        settings="2 workers, concurrency 64 each, results not kept",
        delivery="at least once; idle tasks come again after 60 s",
        effects="twice after a crash",
        ordering="none",
        work=_tool("streaq", "run", f"{_MODULE}.streaq_queue:worker", "--workers=2"),
        enqueue=_enqueue("streaq_queue"),
        missing=_no_bench_environment,
    ),
    Contender(
        name="dramatiq",
        package="dramatiq",
        transport="Valkey",
        processes=2,
        settings="a process per core with 8 threads each (its defaults)",
        delivery="at least once",
        effects="twice after a crash",
        ordering="none",
        work=_tool("dramatiq", f"{_MODULE}.dramatiq_queue", "--processes=2", "--threads=8"),
        enqueue=_enqueue("dramatiq_queue"),
        missing=_no_bench_environment,
    ),
    Contender(
        name="celery",
        package="celery",
        transport="Valkey",
        processes=3,
        settings="prefork, a child per core, acks_late, prefetch multiplier 128 (its guide for short tasks), no results",
        delivery="at least once (acks_late); comes again after the visibility timeout of an hour",
        effects="twice after a crash",
        ordering="none",
        work=_tool(
            "celery",
            f"--app={_MODULE}.celery_queue",
            "worker",
            "--pool=prefork",
            "--concurrency=2",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ),
        enqueue=_enqueue("celery_queue"),
        missing=_no_bench_environment,
    ),
    Contender(
        name="arq",
        package="arq",
        transport="Valkey",
        processes=1,
        settings="max_jobs=100, results not kept",
        delivery="at least once",
        effects="twice after a crash",
        ordering="none",
        work=_python("arq_queue"),
        enqueue=_enqueue("arq_queue"),
        missing=_no_bench_environment,
    ),
    Contender(
        name="dbos",
        package="dbos",
        transport="PostgreSQL",
        processes=1,
        settings="a workflow of one step, 200 at a time, polled every 10 ms, pool of 20",
        delivery="at least once; workflows are resumed",
        effects="a step that was recorded is not repeated; one under way may be",
        ordering="none",
        work=_python("dbos_queue"),
        enqueue=_enqueue("dbos_queue"),
        missing=_no_bench_environment,
    ),
    Contender(
        name="restate",
        package="restate-sdk",
        transport="Kafka, its own log",
        processes=2,
        settings="its server subscribes to the topic; the service runs under hypercorn, one durable step a job",
        delivery="at least once, deduplicated by offset",
        effects="a step that was recorded is not repeated; one under way may be",
        ordering="per key only for virtual objects (a plain service here)",
        work=_tool("hypercorn", f"{_MODULE}.restate_service:app", "--bind=127.0.0.1:{service_port}", "--workers=1"),
        missing=lambda: _no_bench_environment() or _no_restate(),
    ),
)
BY_NAME: Mapping[str, Contender] = MappingProxyType({contender.name: contender for contender in ALL})
