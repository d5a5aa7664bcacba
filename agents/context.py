"""What an agent is given for one attempt: things to read and think with, nothing to write with."""

import threading
from collections.abc import Sequence
from dataclasses import field
from functools import cached_property

from langchain_core.callbacks.usage import UsageMetadataCallbackHandler
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from infra.answer_stream import AnswerStreams
from infra.checkpoints import Checkpoints
from infra.database import SessionFactory
from infra.model_prices import DEFAULT_PRICES, ModelPrices, ModelSpend, spends_of
from infra.offline_model.embeddings import OfflineEmbeddings
from infra.redis import RedisClient
from infra.webhooks import WebhookSender
from schemas.checked_dataclass import checked_dataclass

# About what providers count for English.
CHARACTERS_PER_TOKEN = 4


class TokenUsage(UsageMetadataCallbackHandler):
    """The tokens of one attempt, per model; counted inline, as a hop to a thread costs more than counting does.

    Every attempt has one and most never ask a model: what the handler's own initialisation makes is made when it is needed.
    """

    run_inline = True

    def __init__(self, prices: ModelPrices = DEFAULT_PRICES) -> None:
        self._prices = prices

    @cached_property
    def usage_metadata(self) -> dict[str, UsageMetadata]:  # type: ignore[override]
        return {}

    @cached_property
    def _lock(self) -> threading.Lock:  # type: ignore[override]
        return threading.Lock()

    @property
    def counted(self) -> bool:
        """Whether a model was asked."""
        return bool(self.__dict__.get("usage_metadata"))

    def spends(self) -> list[ModelSpend]:
        """The tokens so far with what they cost, a model at a time."""
        return spends_of(self.usage_metadata, self._prices)

    def estimate(self, model: str, prompt: Sequence[BaseMessage], said: str) -> None:
        """Count a call that was broken off: its provider bills it, and never said how many tokens it was."""
        tokens_in = sum(len(message.text) for message in prompt) // CHARACTERS_PER_TOKEN
        tokens_out = len(said) // CHARACTERS_PER_TOKEN
        usage = UsageMetadata(input_tokens=tokens_in, output_tokens=tokens_out, total_tokens=tokens_in + tokens_out)
        self.usage_metadata[model] = add_usage(self.usage_metadata.get(model), usage)


@checked_dataclass(frozen=True, slots=True)
class AgentContext:
    """The surroundings of one attempt at a job.

    `sessions` are for reading, and none stays open while a model is asked. `chat_model` does not retry. `usage`
    counts the tokens of the attempt: it goes into the callbacks of every call of the model. `embeddings` make texts
    comparable; `webhooks` reaches addresses that persons named; `streams` show an answer
    while it is written. `delivery` numbers the job's deliveries; `checkpoints` keep the steps of a `ResumableGraph`.
    `redis` is for what is kept there alone.
    """

    sessions: SessionFactory
    chat_model: BaseChatModel
    job_type: str
    attempt: int
    request_id: str | None
    usage: TokenUsage = field(default_factory=TokenUsage)
    embeddings: Embeddings = field(default_factory=OfflineEmbeddings)
    webhooks: WebhookSender = field(default_factory=WebhookSender)
    streams: AnswerStreams | None = None
    delivery: int = 1
    checkpoints: Checkpoints | None = None
    redis: RedisClient | None = None
