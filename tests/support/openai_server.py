"""A server that speaks OpenAI's chat protocol over real HTTP, and answers what a test tells it to, in order."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

USAGE = {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}


@dataclass(frozen=True)
class Reply:
    """One answer: a text (streamed word by word when asked to), a tool call's arguments, an error, or silence."""

    text: str = ""
    tool_arguments: dict[str, Any] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] = field(default_factory=lambda: {"message": "scripted", "type": "scripted_error"})
    silent: bool = False


class OpenAIServer:
    """`requests` are the bodies that arrived; one more than there are replies is answered with 418."""

    def __init__(self, replies: list[Reply]) -> None:
        self.replies = replies
        self.requests: list[dict[str, Any]] = []
        self.url = ""
        self.app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        number = len(self.requests)
        body = await request.json()
        self.requests.append(body)
        reply = self.replies[number] if number < len(self.replies) else Reply(status=418)
        if reply.silent:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return Response(status_code=499)
        # Closed connections leave nothing behind for another test's event loop.
        headers = {"Connection": "close", **reply.headers}
        if reply.status != 200:
            return JSONResponse({"error": reply.error}, status_code=reply.status, headers=headers)
        if body.get("stream"):
            return StreamingResponse(_stream(body, reply), media_type="text/event-stream", headers=headers)
        choice = {"index": 0, "message": _message(body, reply), "finish_reason": "stop"}
        return JSONResponse(_envelope(body, "chat.completion", choices=[choice], usage=USAGE), headers=headers)


@contextmanager
def openai_server(*replies: Reply) -> Iterator[OpenAIServer]:
    """Serve `replies` on a free port, in a thread of its own."""
    served = OpenAIServer(list(replies))
    server = uvicorn.Server(uvicorn.Config(served.app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 15
    while not server.started:
        assert thread.is_alive(), "the server ended before it had started"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.005)
    served.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join(15)


def _message(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if reply.tool_arguments is None:
        return {"role": "assistant", "content": reply.text}
    function = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(reply.tool_arguments)}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _stream(body: dict[str, Any], reply: Reply) -> Iterator[str]:
    for word in reply.text.split(" "):
        yield _frame(body, [{"index": 0, "delta": {"role": "assistant", "content": f"{word} "}, "finish_reason": None}])
    yield _frame(body, [{"index": 0, "delta": {}, "finish_reason": "stop"}])
    if body.get("stream_options", {}).get("include_usage"):
        yield _frame(body, [], usage=USAGE)
    yield "data: [DONE]\n\n"


def _frame(body: dict[str, Any], choices: list[dict[str, Any]], **more: Any) -> str:
    return f"data: {json.dumps(_envelope(body, 'chat.completion.chunk', choices=choices, **more))}\n\n"


def _envelope(body: dict[str, Any], kind: str, **more: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": body["model"], **more}
