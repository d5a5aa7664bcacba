"""Event types as operators and their tools see them: who handles one, and what its data must look like."""

from typing import Any

from pydantic import BaseModel, Field


class EventTypeRead(BaseModel):
    type: str
    description: str
    groups: list[str] = Field(description="The consumer groups that handle it.")


class EventTypeDetail(EventTypeRead):
    data_schema: dict[str, Any] = Field(description="The JSON Schema of an event's data.")
