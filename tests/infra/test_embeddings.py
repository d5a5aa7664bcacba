from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.embeddings import create_embeddings, embed_candidates, embed_texts, embedding_model_name
from infra.exceptions import ConfigurationError, ModelRateLimited, ModelUnavailable
from infra.settings import Settings
from schemas.memories import MemoryCandidate, MemoryTier
from tests.support.openai_server import OpenAIServer, openai_server


def make_settings(**values: object) -> Settings:
    return Settings(**values)  # type: ignore[arg-type]


@contextmanager
def embedding_server(status: int = 200, vectors: int | None = None, **headers: str) -> Iterator[OpenAIServer]:
    """Answers each text with a vector that tells its length."""

    # Closed connections leave nothing behind for another test's event loop.
    closing = {"Connection": "close"}

    async def embed(request: Request) -> Response:
        body = await request.json()
        server.requests.append(body)
        if status != 200:
            return JSONResponse({"error": {"message": "no", "type": "no"}}, status, {**headers, **closing})
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [{"object": "embedding", "index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        answer = {"object": "list", "data": data[:vectors], "model": body["model"], "usage": usage}
        return JSONResponse(answer, headers=closing)

    with openai_server() as server:
        server.app.router.routes.append(Route("/v1/embeddings", embed, methods=["POST"]))
        yield server


@pytest.mark.parametrize("name", ["text-embedding-3-small", "openai", "openai:", "mistral:embed", "Offline", ""])
def test_an_unknown_model_is_refused_and_the_variable_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match="DELIGHT_EMBEDDING_MODEL is"):
        create_embeddings(make_settings(embedding_model=name))


def test_a_missing_key_is_refused_and_the_variable_named() -> None:
    with pytest.raises(ConfigurationError, match="DELIGHT_EMBEDDING_MODEL_API_KEY"):
        create_embeddings(make_settings(embedding_model="openai:text-embedding-3-small"))


async def test_offline_is_the_default() -> None:
    embeddings = create_embeddings(make_settings())
    (embedding,) = await embed_texts(embeddings, ["Runs in the park"])
    assert embedding.model == embedding_model_name(embeddings) == "offline"
    assert await embed_texts(embeddings, []) == []


async def test_an_openai_compatible_server_embeds_the_texts_as_they_are() -> None:
    with embedding_server() as server:
        embeddings = create_embeddings(
            make_settings(embedding_model="openai:embed-test", embedding_model_base_url=server.url)
        )
        candidates = [MemoryCandidate(text=text, tier=MemoryTier.PERSONAL) for text in ("one", "three")]
        embedded = await embed_candidates(embeddings, candidates)
    assert [c.embedding and (c.embedding.model, c.embedding.vector) for c in embedded] == [
        ("embed-test", (3.0, 1.0)),
        ("embed-test", (5.0, 1.0)),
    ]
    assert [(request["input"], request["model"]) for request in server.requests] == [(["one", "three"], "embed-test")]


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [(500, {}, ModelUnavailable), (401, {}, ModelUnavailable), (429, {"Retry-After": "7"}, ModelRateLimited)],
)
async def test_failures_are_said_in_our_own_tree_and_not_retried(
    status: int, headers: dict[str, str], error: type[Exception]
) -> None:
    with embedding_server(status, **headers) as server:
        embeddings = create_embeddings(
            make_settings(embedding_model="openai:embed-test", embedding_model_base_url=server.url)
        )
        with pytest.raises(error):
            await embed_texts(embeddings, ["one"])
    assert len(server.requests) == 1


async def test_too_few_vectors_are_a_failure() -> None:
    with embedding_server(vectors=1) as server:
        embeddings = create_embeddings(
            make_settings(embedding_model="openai:embed-test", embedding_model_base_url=server.url)
        )
        with pytest.raises(ModelUnavailable):
            await embed_texts(embeddings, ["one", "two"])
