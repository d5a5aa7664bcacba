"""The worker process: runs consumers until SIGTERM, then drains them. Health and metrics on a port of its own."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import structlog
from aiokafka import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from langchain_core.language_models import BaseChatModel
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.checkpoint_sweep import sweep_regularly
from consumers.control import WorkerControl
from consumers.registry import CONSUMERS
from consumers.runtime.announcer import Announcer
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.executor import Executor
from consumers.runtime.group_runner import GroupRunner
from consumers.runtime.membership import Membership
from consumers.runtime.model_budget import ModelBudget
from consumers.runtime.settled_log import log_settled
from consumers.runtime.settled_metrics import observe_settled
from consumers.runtime.settlement import Settled, Settlement
from consumers.runtime.settler import Settler
from infra.answer_stream import AnswerStreams
from infra.chat_model import create_chat_model, model_name
from infra.checkpoints import Checkpoints
from infra.database import create_engine, open_connections, ping, reading_sessions, session_factory
from infra.dead_letter_alerts import DeadLetterAlerts
from infra.dead_letters import DeadLetterStore
from infra.embeddings import create_embeddings
from infra.exceptions import ConfigurationError
from infra.frame_publisher import FramePublisher
from infra.garbage_collection import tune_garbage_collection
from infra.health_server import serve_health
from infra.kafka import TopicNames, client_options
from infra.metrics import BREAKER_STATE, JOBS_RUNNING
from infra.model_prices import OFFLINE_MODEL
from infra.redis import RedisClient, create_redis
from infra.settings import Settings
from infra.shutdown import shutdown_event
from infra.tracing import is_tracing
from infra.webhooks import WebhookSender

log = structlog.get_logger(__name__)

# Seconds without a poll tick after which the process calls itself dead.
STALE_AFTER = 60.0
# Of a worker's database connections, one in so many settles, so that no settlement queues behind hundreds of agents.
SETTLING_SHARE = 3
# Connections of either kind that are open before the first job comes: who it is for need not wait for them.
READY_CONNECTIONS = 2


class Worker:
    """Some consumers in one process, over two database pools, for agents and for settling, and one Redis client."""

    def __init__(
        self,
        settings: Settings,
        consumers: Sequence[AnyConsumer],
        *,
        chat_model: BaseChatModel | None = None,
    ) -> None:
        self._settings = settings
        self._consumers = tuple(consumer.with_patience(settings.job_timeout_factor) for consumer in consumers)
        settling = max(1, settings.database_pool_size // SETTLING_SHARE)
        self._settling: AsyncEngine = create_engine(settings, pool_size=settling)
        self._engine: AsyncEngine = create_engine(settings, pool_size=max(1, settings.database_pool_size - settling))
        self._redis: RedisClient = create_redis(settings)
        self._sessions = session_factory(self._settling)
        self._reading = reading_sessions(self._engine)
        self._chat_model = chat_model or create_chat_model(settings)
        self._budget = ModelBudget(settings, self._reading, self._chat_model)
        # The built-in model is cheaper than any record of what it said.
        costly = model_name(self._chat_model) != OFFLINE_MODEL and any(consumer.resumes for consumer in consumers)
        self._checkpoints = Checkpoints(settings) if costly else None
        self._embeddings = create_embeddings(settings)
        self._webhooks = WebhookSender(trusting=settings.in_development)
        self._alerts = DeadLetterAlerts(
            self._redis,
            window=settings.alert_window,
            pseudonym_key=settings.pseudonym_key.get_secret_value() if settings.pseudonym_key else None,
        )
        self._name = settings.worker_instance_id or f"{socket.gethostname()}-{os.getpid()}"
        self._runners: dict[str, GroupRunner] = {}
        self._control = WorkerControl(self._runners, self._sessions, self._redis, worker=self._name)
        self._stopping = asyncio.Event()
        self._failure: ConfigurationError | None = None
        self.listeners: list[Callable[[Sequence[Settled]], None]] = []
        """Hear of every settled batch."""

    @property
    def joined(self) -> bool:
        """Whether every group has been assigned its partitions."""
        return len(self._runners) == len(self._consumers) and all(r.joined for r in self._runners.values())

    @property
    def paused_groups(self) -> frozenset[str]:
        """The groups that an operator has paused."""
        return self._control.paused

    @property
    def breaker_states(self) -> dict[str, str]:
        """Group → state of its circuit breaker in this worker."""
        return {name: runner.breaker.state.value for name, runner in self._runners.items()}

    def waiting(self, group: str) -> int:
        """Deliveries of a group that are here and not settled."""
        return self._runners[group].waiting

    def stop(self) -> None:
        """Begin to drain."""
        self._stopping.set()
        for runner in self._runners.values():
            runner.stop()

    async def run(self) -> None:
        """Work until `stop`. Raises `ConfigurationError` when a group cannot go on."""
        try:
            obeying = asyncio.create_task(self._control.run())
            sweeping = asyncio.create_task(sweep_regularly(self._sessions, self._settings.checkpoint_retention))
            preparing = asyncio.create_task(self._prepare())
            if self._checkpoints is not None:
                await self._checkpoints.open()
            async with asyncio.TaskGroup() as groups:
                for consumer in self._consumers:
                    groups.create_task(self._keep_running(consumer))
            if self._failure is not None:
                raise self._failure
        finally:
            for task in (obeying, sweeping, preparing):
                task.cancel()
            await self._control.end()
            if self._checkpoints is not None:
                await self._checkpoints.close()
            await self._settling.dispose()
            await self._engine.dispose()
            await self._redis.aclose()

    async def _prepare(self) -> None:
        """Open connections while the groups are joined. Where a server is away, the jobs will find out."""
        try:
            for engine in (self._settling, self._engine):
                await open_connections(engine, min(READY_CONNECTIONS, self._settings.database_pool_size))
            await self._redis.ping()
        except Exception as error:  # noqa: BLE001 - nothing depends on it
            log.info("worker.not_prepared", error=repr(error))

    async def alive(self) -> dict[str, str]:
        """Only the event loop and the poll ticks: an outage elsewhere is no reason to restart this process."""
        now = time.monotonic()
        return {
            name: f"no poll for {now - runner.last_tick:.0f} s"
            for name, runner in self._runners.items()
            if now - runner.last_tick > STALE_AFTER
        }

    async def ready(self) -> dict[str, str]:
        """What keeps this worker from working."""
        problems = {
            consumer.name: "not a member of its group yet"
            for consumer in self._consumers
            if consumer.name not in self._runners or not self._runners[consumer.name].joined
        }
        try:
            async with asyncio.timeout(2):
                await ping(self._engine)
        except Exception as error:  # noqa: BLE001 - the answer is what is wrong
            problems["postgres"] = repr(error)[:200]
        try:
            async with asyncio.timeout(2):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            problems["redis"] = repr(error)[:200]
        return problems

    def _heard(self, job_type: str, batch: Sequence[Settled]) -> None:
        observe_settled(job_type, batch)
        log_settled(job_type, batch)
        for listener in self.listeners:
            listener(batch)

    async def _keep_running(self, consumer: AnyConsumer) -> None:
        """Run one group, and begin anew when Kafka is away at the start or its client breaks."""
        pause = 0.5
        while not self._stopping.is_set():
            runner = self._runners[consumer.name] = self._make_runner(consumer)
            try:
                await runner.run(self._settings.worker_drain_timeout.total_seconds())
            except ConfigurationError as error:
                # Not raised here, where it would cancel the other groups: they may drain.
                self._failure = error
                self.stop()
                return
            except KafkaError as error:
                log.warning("group.restarts", group=consumer.name, error=repr(error), retry_in_s=pause)
            except Exception:
                log.exception("group.failed", group=consumer.name, retry_in_s=pause)
            else:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(5.0, pause * 2)

    def _make_runner(self, consumer: AnyConsumer) -> GroupRunner:
        names = TopicNames(self._settings.kafka_topic_prefix)
        topics = [*(names.topic(event.type) for event in consumer.events), names.retry(consumer.name)]
        frames = FramePublisher(self._redis, keep=self._settings.sse_replay_frames)
        executor_class, settlement_class = _runtime_classes()
        executor = executor_class(
            consumer,
            sessions=self._reading,
            chat_model=self._chat_model,
            max_job_age=self._settings.max_job_age,
            embeddings=self._embeddings,
            webhooks=self._webhooks,
            streams=AnswerStreams(self._redis, frames),
            budget=self._budget,
            prices=self._settings.model_prices,
            checkpoints=self._checkpoints,
            redis=self._redis,
        )
        settlement = settlement_class(
            consumer,
            self._settling,
            judge=executor.judge,
            worker=self._name,
            keeps_checkpoints=consumer.resumes and self._checkpoints is not None,
        )
        announcer = Announcer(
            consumer,
            dead_letters=DeadLetterStore(self._redis),
            alerts=self._alerts,
            frames=frames,
            sessions=self._sessions,
        )
        instance = self._settings.worker_instance_id

        def make_membership(listener: ConsumerRebalanceListener) -> Membership:
            return Membership(
                client_options(self._settings),
                group=names.group(consumer.name),
                topics=topics,
                instance_id=f"{instance}-{consumer.name}" if instance else None,
                listener=listener,
            )

        runner = GroupRunner(
            consumer,
            make_membership=make_membership,
            executor=executor,
            settlement=settlement,
            retry_topic=names.retry(consumer.name),
            make_settler=partial(Settler, settlement=settlement, announcer=announcer, executor=executor),
            on_settled=partial(self._heard, consumer.name),
            on_breaker=partial(self._control.breaker_changed, consumer.name),
        )
        # Until the paused groups are known, this one may be among them.
        runner.paused = not self._control.known or consumer.name in self._control.paused
        JOBS_RUNNING.labels(consumer.name).set_function(lambda: runner.running)
        # Whatever the breaker of a runner before this one said last.
        BREAKER_STATE.labels(consumer.name).set(0)
        return runner


async def run_worker(settings: Settings, groups: Iterable[str] = ()) -> None:
    """The worker process: run these groups (all when none is named) until SIGTERM or SIGINT, and drain.

    Raises `ConfigurationError` for an unknown group.
    """
    stop = shutdown_event()
    worker = Worker(settings, select_consumers(groups))
    tune_garbage_collection()
    async with serve_health(settings, alive=worker.alive, ready=worker.ready):
        running = asyncio.create_task(worker.run())
        log.info("worker.started", groups=[consumer.name for consumer in worker._consumers])  # noqa: SLF001
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        await running
    log.info("worker.stopped")


def select_consumers(groups: Iterable[str]) -> tuple[AnyConsumer, ...]:
    """The registered consumers of these names; all when none is named. Raises `ConfigurationError` for an unknown one."""
    wanted = tuple(groups)
    by_name = {consumer.name: consumer for consumer in CONSUMERS}
    for name in wanted:
        if name not in by_name:
            raise ConfigurationError(f"There is no consumer group {name!r}. There are: {', '.join(by_name)}.")
    return tuple(by_name[name] for name in wanted) if wanted else CONSUMERS


def _runtime_classes() -> tuple[type[Executor], type[Settlement]]:
    if not is_tracing():
        return Executor, Settlement
    # Only here: the executor's hook into LangChain has a price.
    from consumers.runtime.traced_executor import TracedExecutor  # noqa: PLC0415
    from consumers.runtime.traced_settlement import TracedSettlement  # noqa: PLC0415

    return TracedExecutor, TracedSettlement
