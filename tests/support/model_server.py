"""The offline model behind OpenAI's chat protocol, with the moods that end-to-end tests of the web need.

    python -m tests.support.model_server       prints its address once it listens

It writes what the offline model writes, but over HTTP as a provider would, and

    a message to a character with "take your time"   stops after a few words, until the caller is gone; asked again, it
                                                     answers whole: a worker can be killed in the middle
    a message to a character with "slowly"           takes a quarter of a second for each word
    a request for quests of 13 minutes               is refused (HTTP 400), always: only an edit mends the job
    a request for quests of 17 minutes               is refused until `POST /mend`: a retry mends the jobs
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from langchain_core.messages import AIMessage
from langchain_core.messages.utils import convert_to_messages
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.offline_model.model import OFFLINE, OfflineChatModel
from infra.prompt_data import read_data_block

STOPPING, SLOW = "take your time", "slowly"
NEVER_MINUTES, NOT_YET_MINUTES = 13, 17

_WORDS_BEFORE_THE_STOP = 6
_PAUSE_SECONDS, _SLOW_PAUSE_SECONDS = 0.01, 0.25


class ModelServer:
    """`app` answers `/v1/chat/completions` as a provider does."""

    def __init__(self) -> None:
        self._model = OfflineChatModel()
        self._is_mended = False
        self._stopped: set[str] = set()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/mend", self._mend, methods=["POST"]),
            ]
        )

    async def _mend(self, _: Request) -> Response:
        self._is_mended = True
        return Response(status_code=204)

    async def _complete(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        messages = convert_to_messages(body["messages"])
        found = read_data_block(messages[-1].text)
        task, data = found if found is not None else ("", {})
        if self._refuses(data):
            error = {"message": "The model does not like this request.", "type": "invalid_request_error"}
            return JSONResponse({"error": error}, status_code=400)
        tools = {"tools": body["tools"]} if body.get("tools") else {}
        message = (await self._model.ainvoke(messages, **tools)) if tools else await self._model.ainvoke(messages)
        if not body.get("stream"):
            choice = {"index": 0, "message": _message(message), "finish_reason": "stop"}
            return JSONResponse(_envelope("chat.completion", choices=[choice], usage=_usage(message)))
        said = " ".join(one["text"] for one in data["messages"]).casefold() if task == "companion_reply" else ""
        return StreamingResponse(self._stream(message, said), media_type="text/event-stream")

    def _refuses(self, data: dict[str, Any]) -> bool:
        minutes = data.get("request", {}).get("minutes_available")
        return minutes == NEVER_MINUTES or (minutes == NOT_YET_MINUTES and not self._is_mended)

    async def _stream(self, message: AIMessage, said: str) -> AsyncIterator[str]:
        pause = _SLOW_PAUSE_SECONDS if SLOW in said else _PAUSE_SECONDS
        for number, word in enumerate(message.text.split(" ")):
            if number == _WORDS_BEFORE_THE_STOP and STOPPING in said and said not in self._stopped:
                self._stopped.add(said)
                # Until the caller is gone, which cancels this.
                await asyncio.Event().wait()
            yield _frame({"role": "assistant", "content": word if number == 0 else f" {word}"})
            await asyncio.sleep(pause)
        if message.tool_calls:
            yield _frame({"role": "assistant", "tool_calls": [{"index": 0, **_call(message)}]})
        yield _frame({}, finish_reason="stop")
        yield f"data: {json.dumps(_envelope('chat.completion.chunk', choices=[], usage=_usage(message)))}\n\n"
        yield "data: [DONE]\n\n"


def _message(message: AIMessage) -> dict[str, Any]:
    if not message.tool_calls:
        return {"role": "assistant", "content": message.text}
    return {"role": "assistant", "content": None, "tool_calls": [_call(message)]}


def _call(message: AIMessage) -> dict[str, Any]:
    [call] = message.tool_calls
    function = {"name": call["name"], "arguments": json.dumps(call["args"])}
    return {"id": call["id"], "type": "function", "function": function}


def _usage(message: AIMessage) -> dict[str, int]:
    counted = message.usage_metadata
    assert counted is not None
    return {
        "prompt_tokens": counted["input_tokens"],
        "completion_tokens": counted["output_tokens"],
        "total_tokens": counted["total_tokens"],
    }


def _frame(delta: dict[str, Any], finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps(_envelope('chat.completion.chunk', choices=[choice]))}\n\n"


def _envelope(kind: str, **more: Any) -> dict[str, Any]:
    # By its true name: what it writes is marked as the offline model's.
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": OFFLINE, **more}


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    # A caller that is gone ends its answer; none may hold up the end of the server.
    config = uvicorn.Config(ModelServer().app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
