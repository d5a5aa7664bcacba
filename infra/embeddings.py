"""The embeddings of a process, as `DELIGHT_EMBEDDING_MODEL` names them. None retries: the consumer's policy does.

    offline             the built-in hashing of words: deterministic, needs no network and no key
    openai:NAME         OpenAI, or any server that speaks its protocol at `DELIGHT_EMBEDDING_MODEL_BASE_URL`

Embedding is slow work: it belongs into agents, never into a transaction.
"""

from collections.abc import Sequence

import structlog
from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from infra.chat_model import OPENAI_URL
from infra.exceptions import ConfigurationError, ModelUnavailable
from infra.model_errors import model_errors
from infra.offline_model.embeddings import OfflineEmbeddings
from infra.offline_model.model import OFFLINE
from infra.settings import PREFIX, Settings
from schemas.memories import Embedding, MemoryCandidate

log = structlog.get_logger(__name__)


def create_embeddings(settings: Settings) -> Embeddings:
    """The embeddings that `settings.embedding_model` names.

    Raises `ConfigurationError` naming the variable when the provider is unknown, the model unnamed or the key missing.
    """
    wanted = settings.embedding_model
    if wanted == OFFLINE:
        return OfflineEmbeddings()
    provider, _, name = wanted.partition(":")
    if provider != "openai" or not name:
        raise ConfigurationError(f"{PREFIX}EMBEDDING_MODEL is {wanted!r}; it must be one of {OFFLINE}, openai:NAME.")
    key, base_url = settings.embedding_model_api_key, settings.embedding_model_base_url
    if key is None and base_url is None:
        raise ConfigurationError(f"{PREFIX}EMBEDDING_MODEL is {wanted!r}, which needs {PREFIX}EMBEDDING_MODEL_API_KEY.")
    # Imported where it is used: an SDK takes seconds to import, and most processes run without it.
    from langchain_openai import OpenAIEmbeddings  # noqa: PLC0415

    log.info("embeddings.created", provider=provider, model=name)
    return OpenAIEmbeddings(
        model=name,
        # A local server asks for no key, but the client insists on one.
        openai_api_key=key or SecretStr("none"),
        openai_api_base=base_url or OPENAI_URL,
        request_timeout=settings.chat_model_timeout.total_seconds(),
        max_retries=0,
        # Texts as they are: other servers than OpenAI's do not take token numbers.
        check_embedding_ctx_length=False,
    )


def embedding_model_name(embeddings: Embeddings) -> str:
    """The name by which vectors of `embeddings` are known: those of other models are not comparable."""
    name = getattr(embeddings, "model", None)
    return name if isinstance(name, str) else type(embeddings).__name__


async def embed_texts(embeddings: Embeddings, texts: Sequence[str]) -> list[Embedding]:
    """The embedding of each text, in one call; none for no texts. Raises what `infra.model_errors` says."""
    if not texts:
        return []
    with model_errors():
        vectors = await embeddings.aembed_documents(list(texts))
    if len(vectors) != len(texts) or not all(vectors):
        raise ModelUnavailable(f"The embedding model answered {len(texts)} texts with {len(vectors)} vectors.")
    model = embedding_model_name(embeddings)
    return [Embedding(model=model, vector=tuple(vector)) for vector in vectors]


async def embed_candidates(
    embeddings: Embeddings, candidates: Sequence[MemoryCandidate]
) -> tuple[MemoryCandidate, ...]:
    """The candidates with their embeddings. Raises what `infra.model_errors` says."""
    made = await embed_texts(embeddings, [candidate.text for candidate in candidates])
    return tuple(
        candidate.model_copy(update={"embedding": embedding})
        for candidate, embedding in zip(candidates, made, strict=True)
    )
