"""The JSON Schema of everything that an SSE stream can carry, as one document: what a client's types are made from."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from schemas.catalogue import EVENT_TYPES
from schemas.frames import (
    AttemptRestartedFrame,
    CompleteFrame,
    EventFrame,
    InterruptedFrame,
    JobFrame,
    ResetFrame,
    TokenFrame,
)

_FRAMES: tuple[type[BaseModel], ...] = (
    TokenFrame,
    CompleteFrame,
    AttemptRestartedFrame,
    InterruptedFrame,
    JobFrame,
    ResetFrame,
)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def frame_schema() -> dict[str, Any]:
    """One schema, `anyOf` every frame: the frames of their own, and one for each event, told apart by `type`."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(m, "serialization") for m in (*_FRAMES, *EVENT_TYPES)]
    named, definitions = models_json_schema(models, ref_template="#/$defs/{model}")
    shapes: dict[str, Any] = definitions["$defs"]
    for model in _FRAMES:
        # It has a default where a frame is made; on the wire it is always there.
        shapes[model.__name__]["required"] = sorted({"type", *shapes[model.__name__].get("required", ())})
    alternatives = [named[model, "serialization"] for model in _FRAMES]
    for event in EVENT_TYPES:
        name = f"{event.__name__}Frame"
        shapes[name] = _frame_of(event.type, named[event, "serialization"])
        alternatives.append({"$ref": f"#/$defs/{name}"})
    return {"$schema": _DIALECT, "$id": "urn:delight:frame", "title": "Frame", "anyOf": alternatives, "$defs": shapes}


def _frame_of(event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """`EventFrame` with its data said exactly."""
    schema = EventFrame.model_json_schema()
    properties = schema["properties"] | {"type": {"type": "string", "const": event_type}, "data": data}
    return {"type": "object", "properties": properties, "required": schema["required"]}
