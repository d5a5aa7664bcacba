from datetime import timedelta

import pytest
import structlog
from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from infra.chat_model import create_chat_model, model_name, structured
from infra.exceptions import ConfigurationError, JobInvalid, ModelRateLimited, ModelUnavailable
from infra.model_errors import model_errors
from infra.settings import Settings
from tests.support.openai_server import OpenAIServer, Reply, openai_server


class Colour(BaseModel):
    """A colour."""

    name: str


def make_settings(**values: object) -> Settings:
    return Settings(**values)  # type: ignore[arg-type]


def model_of(server: OpenAIServer, **values: object) -> BaseChatModel:
    return create_chat_model(make_settings(chat_model="openai:gpt-test", chat_model_base_url=server.url, **values))


async def failure_of(model: BaseChatModel, kind: type[Exception]) -> Exception:
    with pytest.raises(kind) as raised, model_errors():
        await model.ainvoke("Hello")
    return raised.value


def test_the_offline_model_says_that_it_is_offline() -> None:
    with structlog.testing.capture_logs() as logs:
        model = create_chat_model(make_settings())
    assert model_name(model) == "offline"
    assert [line["event"] for line in logs] == ["chat_model.offline"]


@pytest.mark.parametrize("name", ["gpt-4o", "openai", "openai:", "mistral:large", "Offline", ""])
def test_an_unknown_model_is_refused_and_the_variable_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match="DELIGHT_CHAT_MODEL is"):
        create_chat_model(make_settings(chat_model=name))


@pytest.mark.parametrize("name", ["openai:gpt-test", "anthropic:claude-test"])
def test_a_missing_key_is_refused_and_the_variable_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match="DELIGHT_CHAT_MODEL_API_KEY"):
        create_chat_model(make_settings(chat_model=name))


def test_anthropic_is_created_without_retries() -> None:
    model = create_chat_model(
        make_settings(
            chat_model="anthropic:claude-test", chat_model_api_key="k", chat_model_timeout=timedelta(seconds=7)
        )
    )
    assert model_name(model) == "claude-test"
    assert (model.max_retries, model.default_request_timeout) == (0, 7.0)  # type: ignore[attr-defined]


async def test_an_openai_compatible_server_answers_and_its_tokens_are_counted() -> None:
    usage = UsageMetadataCallbackHandler()
    with openai_server(Reply(text="Hello yourself.")) as server:
        model = model_of(server)
        answer = await model.ainvoke("Hello", config={"callbacks": [usage]})
    assert answer.text == "Hello yourself."
    assert model_name(model) == server.requests[0]["model"] == "gpt-test"
    assert usage.usage_metadata["gpt-test"]["total_tokens"] == 17


async def test_structured_output_comes_as_a_tool_call() -> None:
    with openai_server(Reply(tool_arguments={"name": "teal"})) as server:
        structured = model_of(server).with_structured_output(Colour, method="function_calling")
        answer = await structured.ainvoke("Which colour?")
    assert answer == Colour(name="teal")
    assert server.requests[0]["tools"][0]["function"]["name"] == "Colour"


@pytest.mark.parametrize(
    ("method", "reply"),
    [
        ("function_calling", Reply(tool_arguments={"name": "teal"})),
        ("json_schema", Reply(text='{"name": "teal"}')),
        ("json_mode", Reply(text='{"name": "teal"}')),
    ],
)
async def test_how_an_answer_is_structured_is_a_setting(method: str, reply: Reply) -> None:
    usage = UsageMetadataCallbackHandler()
    with openai_server(reply) as server:
        model = model_of(server, chat_model_structured_output=method)
        tool = convert_to_openai_tool(Colour)
        answer = await structured(model, tool).ainvoke([HumanMessage("Which colour?")], config={"callbacks": [usage]})
        (request,) = server.requests
    assert answer == {"name": "teal"}
    assert usage.usage_metadata["gpt-test"]["total_tokens"] == 17
    asked = {
        "function_calling": lambda: request["tools"][0]["function"]["name"] == "Colour",
        "json_schema": lambda: request["response_format"]["json_schema"]["schema"]["required"] == ["name"],
        "json_mode": lambda: (
            request["response_format"] == {"type": "json_object"} and "name" in str(request["messages"][0])
        ),
    }
    assert asked[method]()


async def test_an_answer_that_is_no_json_is_said_to_be_none() -> None:
    with openai_server(Reply(text="Teal, I think.")) as server:
        model = model_of(server, chat_model_structured_output="json_schema")
        with pytest.raises(OutputParserException), model_errors():
            await structured(model, convert_to_openai_tool(Colour)).ainvoke([HumanMessage("Which colour?")])


def test_anthropic_has_no_json_mode() -> None:
    with pytest.raises(ConfigurationError, match="STRUCTURED_OUTPUT"):
        create_chat_model(
            make_settings(
                chat_model="anthropic:claude-test", chat_model_api_key="k", chat_model_structured_output="json_mode"
            )
        )


async def test_answers_stream_and_end_with_their_usage() -> None:
    with openai_server(Reply(text="one two three")) as server:
        chunks = [chunk async for chunk in model_of(server).astream("Count")]
    assert "".join(chunk.text for chunk in chunks).split() == ["one", "two", "three"]
    assert [chunk.usage_metadata["total_tokens"] for chunk in chunks if chunk.usage_metadata] == [17]


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (429, {"retry-after-ms": "2500", "Retry-After": "9"}, 2.5),
        (529, {"Retry-After": "3"}, 3.0),
        (503, {"Retry-After": "4"}, 4.0),
    ],
)
async def test_a_rate_limit_that_names_a_delay_becomes_one(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    with openai_server(Reply(status=status, headers=headers)) as server:
        error = await failure_of(model_of(server), ModelRateLimited)
        assert len(server.requests) == 1
    assert isinstance(error, ModelRateLimited)
    assert error.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_a_failure_is_asked_only_once(status: int) -> None:
    with openai_server(Reply(status=status), Reply(text="too late")) as server:
        error = await failure_of(model_of(server), ModelUnavailable)
        assert len(server.requests) == 1
    assert f"HTTP {status}" in str(error)


@pytest.mark.parametrize(
    ("status", "named"),
    [(401, "DELIGHT_CHAT_MODEL_API_KEY"), (403, "DELIGHT_CHAT_MODEL_API_KEY"), (404, "DELIGHT_CHAT_MODEL")],
)
async def test_what_an_operator_can_mend_is_retried_and_names_the_setting(status: int, named: str) -> None:
    secret = {"message": "Incorrect API key provided: sk-secret", "type": "invalid_request_error"}
    with openai_server(Reply(status=status, error=secret)) as server:
        error = await failure_of(model_of(server), ModelUnavailable)
    assert named in str(error)
    assert "sk-secret" not in str(error)


@pytest.mark.parametrize("status", [400, 422])
async def test_a_request_that_can_never_succeed_is_invalid(status: int) -> None:
    with openai_server(Reply(status=status)) as server:
        error = await failure_of(model_of(server), JobInvalid)
    assert "scripted_error" in str(error)


async def test_a_prompt_that_is_too_long_is_invalid() -> None:
    too_long = {
        "message": "context_length_exceeded",
        "type": "invalid_request_error",
        "code": "context_length_exceeded",
    }
    with openai_server(Reply(status=400, error=too_long)) as server:
        error = await failure_of(model_of(server), JobInvalid)
    assert "longer" in str(error)


async def test_a_silent_server_is_given_up_after_the_timeout_and_asked_once() -> None:
    with openai_server(Reply(silent=True)) as server:
        error = await failure_of(model_of(server, chat_model_timeout=timedelta(milliseconds=200)), ModelUnavailable)
        assert len(server.requests) == 1
    assert "in time" in str(error)


async def test_a_server_that_is_away_makes_the_model_unavailable() -> None:
    with openai_server() as server:
        pass
    error = await failure_of(model_of(server), ModelUnavailable)
    assert error.__cause__ is not None
