"""What `doctor` asks of a system: each check finds one thing right or wrong, and knows what to do about it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from infra.exceptions import DelightException
from infra.settings import PREFIX, Settings


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    verdict: Verdict
    found: str
    advice: str = ""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """All findings, in the order in which a person would put things right."""
    yield Finding("settings", Verdict.OK, f"valid, environment {settings.environment.value}")
    yield _authentication(settings)
    yield _chat_model(settings)
    for name, check, advice in _SERVERS:
        try:
            async for finding in check(settings):
                yield finding
        except DelightException as error:
            yield Finding(name, Verdict.WRONG, error.message, advice)
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the finding is that it does not work
            yield Finding(name, Verdict.WRONG, f"{type(error).__name__}: {error}".partition("\n")[0], advice)


def _authentication(settings: Settings) -> Finding:
    if settings.auth_jwks_url is not None:
        return Finding("authentication", Verdict.OK, f"keys of {settings.auth_jwks_url}")
    if settings.auth_development_secret is not None:
        return Finding("authentication", Verdict.OK, "the development secret")
    advice = f"Set {PREFIX}AUTH_JWKS_URL to the keys of your OIDC provider."
    if settings.in_development:
        advice = f"Set {PREFIX}AUTH_DEVELOPMENT_SECRET, or start the system with `delight up`."
    return Finding("authentication", Verdict.WRONG, "no token could be verified", advice)


def _chat_model(settings: Settings) -> Finding:
    if settings.chat_model == "offline":
        return Finding(
            "chat model",
            Verdict.OK if settings.in_development else Verdict.WARNING,
            "offline: quests come from templates, no language model is asked",
            f"Set {PREFIX}CHAT_MODEL (for example openai:gpt-4o-mini) and {PREFIX}CHAT_MODEL_API_KEY for real ones.",
        )
    from infra.chat_model import create_chat_model

    advice = f"Check {PREFIX}CHAT_MODEL and {PREFIX}CHAT_MODEL_API_KEY."
    try:
        create_chat_model(settings)
    except DelightException as error:
        return Finding("chat model", Verdict.WRONG, error.message, advice)
    except Exception as error:  # noqa: BLE001 - providers raise what they like
        return Finding("chat model", Verdict.WRONG, f"{type(error).__name__}: {error}".partition("\n")[0], advice)
    return Finding("chat model", Verdict.OK, f"{settings.chat_model} (not called)")


async def _kafka(settings: Settings) -> AsyncIterator[Finding]:
    from cli.topic_list import all_topics
    from infra.kafka import list_topics

    existing = await list_topics(settings)
    yield Finding("kafka", Verdict.OK, f"answers at {settings.kafka_bootstrap_servers}")
    wanted = [topic.name for topic in all_topics(settings)]
    missing = [name for name in wanted if name not in existing]
    if missing:
        found = f"{len(missing)} of {len(wanted)} are missing: {', '.join(missing)}"
        yield Finding("topics", Verdict.WRONG, found, "Run `delight topics apply`.")
    else:
        yield Finding("topics", Verdict.OK, f"all {len(wanted)} exist")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    from sqlalchemy import text

    from infra.database import create_engine

    engine = create_engine(settings, pool_size=1)
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(text("SHOW server_version"))).scalar_one()
            yield Finding("postgresql", Verdict.OK, f"version {version} answers at {engine.url.host}:{engine.url.port}")
            vector = "SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'vector'"
            row = (await connection.execute(text(vector))).one_or_none()
    finally:
        await engine.dispose()
    if row is None:
        advice = "Install pgvector on the server, or use one that has it."
        yield Finding("vector extension", Verdict.WRONG, "the server does not have it", advice)
    else:
        state = (
            f"version {row.installed_version}" if row.installed_version else f"{row.default_version}, not yet created"
        )
        yield Finding("vector extension", Verdict.OK, state)

    async for finding in _schema(settings):
        yield finding


async def _schema(settings: Settings) -> AsyncIterator[Finding]:
    import asyncio

    from models import schema

    revision = await asyncio.to_thread(schema.current, settings.database_url)
    if await asyncio.to_thread(schema.pending, settings.database_url):
        found = f"migrations are pending after {revision}" if revision else "the database is empty"
        yield Finding("schema", Verdict.WRONG, found, "Run `delight db upgrade`.")
    else:
        yield Finding("schema", Verdict.OK, f"at revision {revision}, the newest")


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    from infra.redis import create_redis

    redis = create_redis(settings)
    try:
        server = await redis.info("server")
        persistence = await redis.info("persistence")
        memory = await redis.info("memory")
    finally:
        await redis.aclose()
    version = server.get("valkey_version") or server.get("redis_version")
    name = "valkey" if "valkey_version" in server else "redis"
    yield Finding("redis", Verdict.OK, f"{name} {version} answers")
    if persistence.get("aof_enabled"):
        yield Finding("append-only file", Verdict.OK, "on")
    else:
        advice = "Set `appendonly yes`: without it a restart loses dead letters until `delight dlq rebuild`."
        yield Finding("append-only file", Verdict.WARNING, "off", advice)
    if memory.get("maxmemory_policy") not in {None, "noeviction"}:
        advice = "Set `maxmemory-policy noeviction`: an evicted dead letter is gone from the operators' view."
        yield Finding("eviction", Verdict.WARNING, str(memory["maxmemory_policy"]), advice)


_Check = Callable[[Settings], AsyncIterator[Finding]]
_SERVERS: tuple[tuple[str, _Check, str], ...] = (
    ("kafka", _kafka, f"Start it, or correct {PREFIX}KAFKA_BOOTSTRAP_SERVERS."),
    ("postgresql", _database, f"Start it, or correct {PREFIX}DATABASE_URL."),
    ("redis", _redis, f"Start it, or correct {PREFIX}REDIS_URL."),
)
