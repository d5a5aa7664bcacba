"""What every log line of a request says: its id, and who sent it once that is known."""

from typing import Any

from infra.line_facts import line_facts
from schemas.events import UserId


class RequestFacts:
    """The facts of one request."""

    __slots__ = ("request_id", "user_id")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.user_id: UserId | None = None

    def facts(self) -> dict[str, Any]:
        if self.user_id is None:
            return {"request_id": self.request_id}
        return {"request_id": self.request_id, "user_id": self.user_id}


def note_person(user_id: UserId) -> None:
    """From here on the lines of this request name the person."""
    source = line_facts.get()
    if isinstance(source, RequestFacts):
        source.user_id = user_id
