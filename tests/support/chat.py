"""Talk to a character as a client does: write, follow the stream, read the history."""

from typing import Any

import httpx

from tests.support.sse import ReceivedFrame, SseReader

STREAM = "/api/v1/sse/companion/stream"


async def chat(client: httpx.AsyncClient, message: str, **fields: Any) -> dict[str, Any]:
    response = await client.post("/api/v1/companion/chat", json={"message": message, **fields})
    assert response.status_code == 202, response.text
    assert response.headers["location"] == response.json()["location"]
    accepted: dict[str, Any] = response.json()
    return accepted


async def history(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """What was said, oldest first."""
    response = await client.get("/api/v1/companion/messages", params=params)
    assert response.status_code == 200, response.text
    messages: list[dict[str, Any]] = response.json()["items"]
    return messages[::-1]


async def statuses(client: httpx.AsyncClient, **params: Any) -> list[str]:
    return [message["status"] for message in await history(client, **params)]


async def until_frame(stream: SseReader, kind: str, message_id: str) -> list[ReceivedFrame]:
    """The frames up to this one, which is the last of them."""
    frames = []
    while True:
        frame = await stream.next()
        assert frame is not None, "the stream ended"
        assert frame.event == frame.data["type"]
        frames.append(frame)
        if (frame.event, frame.data["message_id"]) == (kind, message_id):
            return frames


def shown(frames: list[ReceivedFrame], message_id: str) -> str:
    """What a client shows of an answer that keeps to the protocol."""
    text = ""
    for frame in frames:
        if frame.data["message_id"] == message_id:
            text = "" if frame.event == "attempt_restarted" else text + frame.data.get("content", "")
    return text.strip()
