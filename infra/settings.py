"""Settings: the only reader of the environment. Every variable is `DELIGHT_` and the field's name in capitals.

A wrong or missing setting refuses to start and is named; nothing is guessed in production.
"""

import contextlib
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.exceptions import ConfigurationError
from infra.model_prices import DEFAULT_PRICES, ModelPrice
from schemas.cost import BudgetPolicy

PREFIX = "DELIGHT_"
# Of the limit of requests, in seconds.
PERIODS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """What a process needs to know. The README's table is made from these descriptions."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    environment: Environment = Field(
        default=Environment.PRODUCTION, description="`development` allows the development secret and readable logs."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool | None = Field(default=None, description="JSON logs; by default in production only.")

    kafka_bootstrap_servers: str = Field(default="127.0.0.1:9092", description="Kafka, as `host:port,host:port`.")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How to reach Kafka; SSL trusts the machine's certificates."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="With a SASL protocol: the mechanism."
    )
    kafka_sasl_username: str | None = Field(default=None, description="With a SASL protocol: the user.")
    kafka_sasl_password: SecretStr | None = Field(default=None, description="With a SASL protocol: the password.")
    kafka_partitions: int = Field(default=12, ge=1, description="Partitions of a topic when it is created.")
    kafka_replication_factor: int = Field(default=1, ge=1, description="Replicas of a topic when it is created.")
    kafka_topic_prefix: str = Field(
        default="", pattern=r"^[a-z0-9.-]*$", description="Put before every topic and group."
    )
    kafka_send_timeout: timedelta = Field(
        default=timedelta(seconds=5), description="Deadline of one send; after it the edge answers 503."
    )

    database_url: str = Field(
        default="postgresql://delight@127.0.0.1:5432/delight",
        description="PostgreSQL, as `postgresql://user:password@host/db`.",
    )
    database_pool_size: int = Field(
        default=10, ge=1, description="Connections of one process; a third of a worker's are for settling."
    )
    database_timeout: timedelta = Field(default=timedelta(seconds=10), description="Deadline of one statement.")

    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0", description="Valkey or Redis, as `redis://host:port/db`."
    )
    redis_timeout: timedelta = Field(default=timedelta(seconds=2), description="Deadline of one command.")

    api_url: str = Field(default="http://127.0.0.1:8000", description="Where clients reach the edge.")
    api_host: str = Field(default="127.0.0.1", description="The address the edge listens on.")
    api_port: int = Field(default=8000, ge=0, le=65535, description="The port the edge listens on.")
    metrics_host: str = Field(
        default="127.0.0.1", description="Where a worker, relay, scheduler or monitor serves health and metrics."
    )
    metrics_port: int = Field(default=9464, ge=0, le=65535, description="The port for that; 0 picks a free one.")

    auth_jwks_url: str | None = Field(default=None, description="The OIDC provider's keys; required in production.")
    auth_issuer: str | None = Field(default=None, description="The expected `iss` of a token.")
    auth_audience: str | None = Field(default=None, description="The expected `aud` of a token.")
    auth_development_secret: SecretStr | None = Field(
        default=None, min_length=32, description="Signs tokens in development; refused in production."
    )
    auth_roles_claim: str = Field(default="roles", description="The claim of a token that lists its roles.")

    cors_origins: list[str] = Field(default_factory=list, description="Origins of web frontends, as a JSON list.")
    max_body_bytes: int = Field(default=262_144, ge=1024, description="Largest request body.")
    max_event_bytes: int = Field(default=131_072, ge=1024, description="Largest event on a topic.")
    rate_limit: str = Field(
        default="600/minute", description="Requests of one person, as `count/period`: second, minute, hour or day."
    )
    sse_streams_per_person: int = Field(default=5, ge=1, description="SSE streams one person may hold open.")
    sse_heartbeat: timedelta = Field(default=timedelta(seconds=15), description="Pause between SSE heartbeats.")
    sse_replay_frames: int = Field(default=500, ge=10, description="Frames kept per person for `Last-Event-ID`.")

    chat_model: str = Field(
        default="offline", description="`offline`, or `provider:model` such as `openai:gpt-4o-mini` or `anthropic:…`."
    )
    chat_model_base_url: str | None = Field(default=None, description="Any OpenAI-compatible server.")
    chat_model_api_key: SecretStr | None = Field(default=None, description="The provider's key.")
    chat_model_timeout: timedelta = Field(default=timedelta(seconds=30), description="Deadline of one call.")
    chat_model_structured_output: Literal["function_calling", "json_schema", "json_mode"] = Field(
        default="function_calling",
        description="How the model is made to answer in a form; small models need `json_schema`.",
    )
    job_timeout_factor: float = Field(
        default=1.0, ge=1, description="Multiplies the time limits of jobs that use the chat model, for slow models."
    )
    model_prices: Mapping[str, ModelPrice] = Field(
        default_factory=lambda: DEFAULT_PRICES,
        description='USD per million tokens by model, as `{"gpt-4o-mini": {"input": 0.15, "output": 0.60}}`; '
        "set your own, for prices change.",
    )
    daily_budget_usd: Decimal = Field(
        default=Decimal("0.50"),
        ge=0,
        description="What a person may spend on chat models a day, unless they have their own.",
    )
    daily_token_budget: int | None = Field(
        default=None,
        ge=0,
        description="Tokens that a person may spend a day, unless they have their own; no limit by default.",
    )
    budget_policy: BudgetPolicy = Field(
        default=BudgetPolicy.DEFER,
        description="Over the budget: `defer` work to the person's next day, use the `cheaper_model`, or `off`.",
    )
    cheaper_chat_model: str = Field(
        default="offline", description="What works over the budget, named as in `DELIGHT_CHAT_MODEL`."
    )
    checkpoint_retention: timedelta = Field(
        default=timedelta(days=7), gt=timedelta(), description="How long an unfinished agent's steps are kept."
    )

    embedding_model: str = Field(
        default="offline", description="`offline`, or `openai:model` such as `openai:text-embedding-3-small`."
    )
    embedding_model_base_url: str | None = Field(default=None, description="Any OpenAI-compatible server.")
    embedding_model_api_key: SecretStr | None = Field(default=None, description="The provider's key.")

    worker_instance_id: str | None = Field(
        default=None, description="A stable name of this worker; makes it a static member of its groups."
    )
    worker_drain_timeout: timedelta = Field(
        default=timedelta(seconds=30), description="Grace for running jobs at SIGTERM."
    )
    max_job_age: timedelta = Field(
        default=timedelta(hours=24), description="After this age a job is no longer snoozed."
    )

    monitor_interval: timedelta = Field(
        default=timedelta(seconds=5), description="Pause between two looks of the monitor."
    )
    alert_webhook_url: SecretStr | None = Field(
        default=None, description="Where the monitor posts alerts; nowhere by default."
    )
    alert_webhook_secret: SecretStr | None = Field(
        default=None, min_length=16, description="Signs these posts (HMAC-SHA256); required with the URL."
    )

    sentry_dsn: SecretStr | None = Field(default=None, description="Where alerts go; none by default.")
    alert_window: timedelta = Field(
        default=timedelta(minutes=15), gt=timedelta(), description="Dead letters that failed alike alert once in it."
    )
    pseudonym_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Makes persons' pseudonyms in alerts the same in all processes; without it they mean nothing later.",
    )
    otlp_endpoint: str | None = Field(default=None, description="Where traces go (OTLP over HTTP); none by default.")

    @field_validator("*", mode="before")
    @classmethod
    def _in_seconds(cls, value: object, info: ValidationInfo) -> object:
        # Pydantic takes a number for seconds, but not the text of one, which is all that an environment holds.
        if isinstance(value, str) and cls.model_fields[str(info.field_name)].annotation is timedelta:
            with contextlib.suppress(ValueError):
                return float(value)
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level.upper()

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, url: str) -> str:
        if not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://")
        return url

    @field_validator("rate_limit")
    @classmethod
    def _is_limit(cls, limit: str) -> str:
        if not re.fullmatch(rf"[1-9][0-9]{{0,8}}/({'|'.join(PERIODS)})", limit):
            raise ValueError("must read like 600/minute, with second, minute, hour or day")
        return limit

    @model_validator(mode="after")
    def _authenticates(self) -> Self:
        if self.environment is Environment.PRODUCTION and self.auth_development_secret is not None:
            raise ValueError("auth_development_secret is refused in production; set auth_jwks_url")
        return self

    @model_validator(mode="after")
    def _signs_alerts(self) -> Self:
        if self.alert_webhook_url is not None and self.alert_webhook_secret is None:
            raise ValueError("alert_webhook_url needs alert_webhook_secret, which signs what is posted there")
        return self

    @cached_property
    def in_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    def require_authentication(self) -> None:
        """Called by the edge before it starts. Raises `ConfigurationError` when no token could be verified."""
        if self.auth_jwks_url is None and self.auth_development_secret is None:
            wanted = f"{PREFIX}AUTH_JWKS_URL"
            if self.in_development:
                wanted += f" or {PREFIX}AUTH_DEVELOPMENT_SECRET"
            raise ConfigurationError(f"The API cannot verify tokens: set {wanted}.")


def load_settings(**overrides: object) -> Settings:
    """The settings of this process. Raises `ConfigurationError` that names each wrong variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(
            f"{PREFIX}{'_'.join(map(str, e['loc'])).upper() or '*'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False)
        )
        raise ConfigurationError(f"Settings are wrong. {problems}") from None
