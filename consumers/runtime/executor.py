"""The executor: one delivery becomes one outcome, whatever happens on the way."""

import asyncio
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from agents.context import AgentContext, TokenUsage
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.delivery import Delivery
from consumers.runtime.model_budget import ModelBudget
from consumers.runtime.outcome import Completed, Dead, Expired, Failure, Outcome, Rejected, Retry, Snooze
from infra.answer_stream import AnswerStreams
from infra.checkpoints import Checkpoints
from infra.database import SessionFactory, is_outage
from infra.exceptions import BudgetReached, InvalidEvent, JobInvalid, JobRejected, JobSnoozed, ModelRateLimited
from infra.model_prices import DEFAULT_PRICES, ModelPrices
from infra.offline_model.embeddings import OfflineEmbeddings
from infra.redis import RedisClient
from infra.webhooks import WebhookSender

log = structlog.get_logger(__name__)

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
# A snooze of no time at all would ask the one who is overloaded again at once.
_SHORTEST_SNOOZE = timedelta(seconds=0.1)


class Executor:
    """Runs the agent of one consumer and turns what it returns or raises into an outcome."""

    def __init__(
        self,
        consumer: AnyConsumer,
        *,
        sessions: SessionFactory,
        chat_model: BaseChatModel,
        max_job_age: timedelta,
        embeddings: Embeddings | None = None,
        webhooks: WebhookSender | None = None,
        streams: AnswerStreams | None = None,
        budget: ModelBudget | None = None,
        prices: ModelPrices = DEFAULT_PRICES,
        checkpoints: Checkpoints | None = None,
        redis: RedisClient | None = None,
    ) -> None:
        self._consumer = consumer
        self._sessions = sessions
        self._chat_model = chat_model
        self._max_job_age = max_job_age
        self._embeddings = embeddings or OfflineEmbeddings()
        self._webhooks = webhooks or WebhookSender()
        self._streams = streams
        self._budget = budget if consumer.uses_model else None
        self._prices = prices
        self._checkpoints = checkpoints if consumer.resumes else None
        self._redis = redis

    async def execute(self, delivery: Delivery) -> Outcome:
        """The outcome of this delivery. Raises nothing but `CancelledError`."""
        envelope = delivery.envelope
        if envelope is None:
            assert delivery.problem is not None
            return Dead("undecodable", Failure.of(delivery.problem))
        if envelope.expiry_time is not None and envelope.expiry_time <= datetime.now(UTC):
            return Expired()
        delivery.usage = usage = TokenUsage(self._prices)
        # By position, as in `AgentContext`: naming them costs more than all else of making it.
        context = AgentContext(
            self._sessions,
            self._chat_model,
            self._consumer.name,
            delivery.attempt,
            envelope.correlation_id,
            usage,
            self._embeddings,
            self._webhooks,
            self._streams,
            delivery.number,
            self._checkpoints,
            self._redis,
        )
        pause = _FIRST_PAUSE
        while True:
            delivery.called_at = time.monotonic()
            try:
                if self._budget is not None:
                    context = replace(context, chat_model=await self._budget.choose_model(delivery.user_id))
                completed = Completed(await self._consumer.agent(envelope, context))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever an agent raises is an outcome
                if not is_outage(error):
                    return self.judge(delivery, error)
                # The infrastructure is away, which is not this job's failure: it waits, with its clock stopped, and
                # spends no attempt.
                delivery.called_at = None
                log.warning("job.waits_for_infrastructure", error=repr(error), retry_in_s=pause)
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
                pause = min(_LONGEST_PAUSE, pause * 2)
            else:
                if not usage.counted:
                    # Most jobs ask no model: nobody need look at it again.
                    delivery.usage = None
                return completed

    def judge(self, delivery: Delivery, error: BaseException) -> Outcome:
        """What a failure of this delivery means under the consumer's policy."""
        failure = Failure.of(error)
        match error:
            case JobRejected():
                return Rejected(failure)
            case JobInvalid() | InvalidEvent():
                return Dead("invalid", failure)
            case BudgetReached(retry_after=retry_after):
                age = datetime.now(UTC) - delivery.life_began_at
                # Nobody failed: what is too old to be put off once more is no operator's business.
                return Snooze(self._within_bounds(retry_after), failure) if age < self._max_job_age else Expired()
            case ModelRateLimited(retry_after=retry_after) | JobSnoozed(retry_after=retry_after):
                left = self._max_job_age - (datetime.now(UTC) - delivery.life_began_at)
                if left <= timedelta():
                    most = self._max_job_age.total_seconds()
                    message = f"It was put off for longer than DELIGHT_MAX_JOB_AGE ({most:g} s): {failure.message}"
                    return Dead("too_old", replace(failure, message=message))
                overloaded = isinstance(error, ModelRateLimited)
                # A provider's delay may be longer than the job may wait: then it is asked once more at the end.
                bound = left if overloaded else self._max_job_age
                return Snooze(self._within_bounds(min(retry_after, bound)), failure, overloaded=overloaded)
        delay = self._consumer.policy.retry.delay_after(delivery.attempt)
        return Dead("exhausted", failure) if delay is None else Retry(delay, failure)

    def _within_bounds(self, pause: timedelta) -> timedelta:
        return min(max(pause, _SHORTEST_SNOOZE), self._max_job_age)
