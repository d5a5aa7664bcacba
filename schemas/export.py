"""The JSON Schemas of the events, as files that other teams read: one per event type, equal for equal models."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.catalogue import EVENT_TYPES
from schemas.events import Event

JsonSchema = dict[str, Any]

SCHEMA_FOLDER = Path(__file__).with_name("jsonschema")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schemas(types: Sequence[type[Event]] = EVENT_TYPES) -> dict[str, JsonSchema]:
    """The JSON Schema of the data of each event type, by type."""
    return {
        event.type: {"$schema": _DIALECT, "$id": f"urn:delight:event:{event.type}", **event.model_json_schema()}
        for event in types
    }


def read_schemas(folder: Path = SCHEMA_FOLDER) -> dict[str, JsonSchema]:
    """The schemas kept in `folder`, by event type."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def write_schemas(schemas: Mapping[str, JsonSchema], folder: Path = SCHEMA_FOLDER) -> list[Path]:
    """Make `folder` hold exactly `schemas`; the paths that changed, files removed included."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for path in sorted(folder.glob("*.json")):
        if path.stem not in schemas:
            path.unlink()
            changed.append(path)
    for name, schema in schemas.items():
        path = folder / f"{name}.json"
        text = render(schema)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(path)
    return changed


def render(schema: JsonSchema) -> str:
    """The text of a schema file: the same for the same schema, and pleasant to review as a diff."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
