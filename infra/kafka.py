"""Kafka: how topics and groups are named, the options of every client, the broker that publishes, and topic creation."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from prometheus_client import REGISTRY, CollectorRegistry

from infra.exceptions import ConfigurationError, ServiceUnavailable
from infra.kafka_pacing import pace_metadata_updates
from infra.record_broker import RecordBroker
from infra.settings import Settings

log = structlog.get_logger(__name__)

# How long events stay readable for replay and audit.
RETENTION_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class TopicNames:
    """Names on the broker; the prefix keeps several systems apart on one cluster."""

    prefix: str = ""

    def topic(self, event_type: str) -> str:
        return f"{self.prefix}{event_type}"

    def group(self, job_type: str) -> str:
        return f"{self.prefix}{job_type}"

    def retry(self, job_type: str) -> str:
        return f"{self.prefix}{job_type}.retry"


def client_options(settings: Settings) -> dict[str, Any]:
    """What every aiokafka client of this process is given."""
    pace_metadata_updates()
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
    }
    if "SSL" in settings.kafka_security_protocol:
        options["ssl_context"] = ssl.create_default_context()
    if settings.kafka_security_protocol.startswith("SASL"):
        username, password = _credentials(settings)
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": username,
            "sasl_plain_password": password,
        }
    return options


def create_broker(settings: Settings, *, registry: CollectorRegistry = REGISTRY) -> RecordBroker:
    """The broker that publishes: all replicas acknowledge, topics are never made by accident.

    The idempotent producer is off on purpose: after an outage longer than its request timeout it fails every later
    send for good (OutOfOrderSequenceNumber). Duplicates that a retry inside the client may leave are removed by the inbox.
    """
    pace_metadata_updates()
    return RecordBroker(
        *settings.kafka_bootstrap_servers.split(","),
        registry=registry,
        acks="all",
        enable_idempotence=False,
        allow_auto_create_topics=False,
        linger_ms=0,
        request_timeout_ms=int(settings.kafka_send_timeout.total_seconds() * 1000),
        max_request_size=settings.max_event_bytes + 65_536,
        security=_security(settings),
    )


async def apply_topics(settings: Settings, topics: Iterable[str]) -> list[str]:
    """Create the topics that are missing and return their names. Existing ones are left as they are.

    Raises `ServiceUnavailable` when no broker answers, and `ConfigurationError` when it refuses a topic.
    """
    async with admin_client(settings) as admin:
        missing = sorted(set(topics) - set(await admin.list_topics()))
        if not missing:
            return []
        response = await admin.create_topics(
            [
                NewTopic(
                    name,
                    num_partitions=settings.kafka_partitions,
                    replication_factor=settings.kafka_replication_factor,
                    topic_configs={"retention.ms": str(RETENTION_MS)},
                )
                for name in missing
            ]
        )
        # create_topics does not raise for a single topic: the answer has a code for each.
        for name, code, *rest in response.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise ConfigurationError(
                    f"Kafka refused to create the topic {name}: {rest[0] if rest else error.__name__}"
                )
        log.info("kafka.topics_created", topics=missing, partitions=settings.kafka_partitions)
        return missing


async def list_topics(settings: Settings) -> dict[str, int]:
    """The topics on the broker with their number of partitions. Raises `ServiceUnavailable` when no broker answers."""
    async with admin_client(settings) as admin:
        described = await admin.describe_topics()
        return {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["is_internal"]}


class admin_client:  # noqa: N801 - used as a context manager function
    """An admin client for the length of a `with`; a broker that is away is `ServiceUnavailable`."""

    def __init__(self, settings: Settings) -> None:
        self._admin = AIOKafkaAdminClient(**client_options(settings), request_timeout_ms=15_000)
        self._servers = settings.kafka_bootstrap_servers

    async def __aenter__(self) -> Any:
        try:
            await self._admin.start()
        except KafkaError as error:
            await self._admin.close()
            if isinstance(error, KafkaConnectionError):
                raise ServiceUnavailable(f"No Kafka broker answers at {self._servers}.") from error
            raise
        return self._admin

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()


def _credentials(settings: Settings) -> tuple[str, str]:
    if settings.kafka_sasl_username is None or settings.kafka_sasl_password is None:
        raise ConfigurationError(
            f"DELIGHT_KAFKA_SECURITY_PROTOCOL is {settings.kafka_security_protocol}: "
            "set DELIGHT_KAFKA_SASL_USERNAME and DELIGHT_KAFKA_SASL_PASSWORD."
        )
    return settings.kafka_sasl_username, settings.kafka_sasl_password.get_secret_value()


def _security(settings: Settings) -> BaseSecurity | None:
    use_ssl = "SSL" in settings.kafka_security_protocol
    context = ssl.create_default_context() if use_ssl else None
    if settings.kafka_security_protocol.startswith("SASL"):
        username, password = _credentials(settings)
        mechanisms = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        return mechanisms[settings.kafka_sasl_mechanism](username, password, ssl_context=context, use_ssl=use_ssl)
    return BaseSecurity(ssl_context=context, use_ssl=True) if use_ssl else None
