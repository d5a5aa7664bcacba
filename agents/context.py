"""What an agent is given for one attempt: things to read and think with, nothing to write with."""

from dataclasses import dataclass, field

from langchain_core.callbacks.usage import UsageMetadataCallbackHandler
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from infra.database import SessionFactory
from infra.offline_model.embeddings import OfflineEmbeddings
from infra.webhooks import WebhookSender


class TokenUsage(UsageMetadataCallbackHandler):
    """The tokens of one attempt, per model; counted inline, as a hop to a thread costs more than counting does."""

    run_inline = True


@dataclass(frozen=True, slots=True)
class AgentContext:
    """The surroundings of one attempt at a job.

    `sessions` are for reading, and none stays open while a model is asked. `chat_model` does not retry. `usage`
    counts the tokens of the attempt: it goes into the callbacks of every call of the model. `embeddings` make texts
    comparable; `webhooks` reaches addresses that persons named.
    """

    sessions: SessionFactory
    chat_model: BaseChatModel
    job_type: str
    attempt: int
    request_id: str | None
    usage: UsageMetadataCallbackHandler = field(default_factory=TokenUsage)
    embeddings: Embeddings = field(default_factory=OfflineEmbeddings)
    webhooks: WebhookSender = field(default_factory=WebhookSender)
