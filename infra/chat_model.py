"""The chat model of a process, as `DELIGHT_CHAT_MODEL` names it. None retries: that is the consumer's policy's to do.

    offline             the built-in model: deterministic, needs no network and no key
    openai:NAME         OpenAI, or any server that speaks its protocol at `DELIGHT_CHAT_MODEL_BASE_URL`
    anthropic:NAME      Anthropic

Call models inside `infra.model_errors.model_errors()`, which says their failures in our own tree.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import SystemMessage
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import SecretStr

from infra.exceptions import ConfigurationError
from infra.model_prices import price_of
from infra.offline_model.model import OFFLINE, OfflineChatModel
from infra.settings import PREFIX, Settings

log = structlog.get_logger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"

# Anthropic insists on a limit; the longest answer (five quests) needs about a quarter of it.
MAX_ANSWER_TOKENS = 4096

# Under this key a model's metadata say how it is made to answer in a form.
_STRUCTURED_OUTPUT = "structured_output"


def create_chat_model(settings: Settings) -> BaseChatModel:
    """The model that `settings.chat_model` names.

    Raises `ConfigurationError` naming the variable when the provider is unknown, the model unnamed or the key missing.
    """
    if settings.chat_model == OFFLINE:
        log.info("chat_model.offline", model=OFFLINE)
        return OfflineChatModel()
    provider, _, name = settings.chat_model.partition(":")
    create = _PROVIDERS.get(provider)
    if create is None or not name:
        known = ", ".join([OFFLINE, *(f"{known}:NAME" for known in _PROVIDERS)])
        raise ConfigurationError(f"{PREFIX}CHAT_MODEL is {settings.chat_model!r}; it must be one of {known}.")
    model = create(settings, name)
    log.info("chat_model.created", provider=provider, model=name)
    if price_of(name, settings.model_prices) is None:
        log.warning("chat_model.has_no_price", model=name, setting=f"{PREFIX}MODEL_PRICES")
    return model


def structured(model: BaseChatModel, tool: Mapping[str, Any]) -> Runnable[Any, Any]:
    """`model`, given messages and answering with an object of the form of `tool`, an OpenAI tool; how it is made to is a setting.

    Raises `OutputParserException` for an answer that is no JSON. That it is of the form is for the caller to check.
    """
    method = (model.metadata or {}).get(_STRUCTURED_OUTPUT, "function_calling")
    if method == "function_calling":
        return model.with_structured_output(dict(tool), method=method)
    schema = convert_to_json_schema(dict(tool))
    if method == "json_schema":
        return model.with_structured_output(schema, method=method)
    # Only in this mode does the provider not tell the model which form is wanted.
    form = SystemMessage(f"Answer with one JSON object that fits this JSON Schema:\n{orjson.dumps(schema).decode()}")

    return RunnableLambda(lambda messages: [form, *messages]) | model.with_structured_output(schema, method=method)


def model_name(model: BaseChatModel) -> str:
    """The name by which jobs record `model`: the provider's own, or `offline`."""
    name = getattr(model, "model_name", None) or getattr(model, "model", None)
    return name if isinstance(name, str) else model._llm_type  # noqa: SLF001 - the only name every model has


def _openai(settings: Settings, name: str) -> BaseChatModel:
    # Imported where it is used: an SDK takes seconds to import, and most processes run without it.
    from langchain_openai import ChatOpenAI  # noqa: PLC0415

    key = settings.chat_model_api_key
    if key is None and settings.chat_model_base_url is None:
        raise _key_missing(settings)
    return ChatOpenAI(
        model=name,
        # A local server asks for no key, but the client insists on one.
        api_key=key or SecretStr("none"),
        # Given even when it is the default, since the SDK would otherwise read the environment.
        base_url=settings.chat_model_base_url or OPENAI_URL,
        timeout=settings.chat_model_timeout.total_seconds(),
        stream_chunk_timeout=settings.chat_model_timeout.total_seconds(),
        max_retries=0,
        stream_usage=True,
        metadata={_STRUCTURED_OUTPUT: settings.chat_model_structured_output},
    )


def _anthropic(settings: Settings, name: str) -> BaseChatModel:
    from langchain_anthropic import ChatAnthropic  # noqa: PLC0415 - as above

    if settings.chat_model_api_key is None:
        raise _key_missing(settings)
    if settings.chat_model_structured_output == "json_mode":
        raise ConfigurationError(f"{PREFIX}CHAT_MODEL_STRUCTURED_OUTPUT is json_mode, which Anthropic does not have.")
    return ChatAnthropic(
        model=name,
        api_key=settings.chat_model_api_key,
        base_url=settings.chat_model_base_url or ANTHROPIC_URL,
        timeout=settings.chat_model_timeout.total_seconds(),
        stop=None,
        max_retries=0,
        stream_usage=True,
        max_tokens_to_sample=MAX_ANSWER_TOKENS,
        metadata={_STRUCTURED_OUTPUT: settings.chat_model_structured_output},
    )


def _key_missing(settings: Settings) -> ConfigurationError:
    return ConfigurationError(f"{PREFIX}CHAT_MODEL is {settings.chat_model!r}, which needs {PREFIX}CHAT_MODEL_API_KEY.")


_PROVIDERS: Mapping[str, Callable[[Settings, str], BaseChatModel]] = MappingProxyType(
    {"openai": _openai, "anthropic": _anthropic}
)
