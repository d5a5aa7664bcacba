"""What clients make their types from: the frames and the API, described without a running server."""

import json

import jsonschema_rs
import pytest

from schemas.catalogue import EVENT_TYPES
from schemas.frame_contract import frame_schema
from schemas.frames import ResetFrame, TokenFrame
from schemas.ids import new_id
from tests.support.command import delight


def test_every_event_has_a_frame_that_names_its_data() -> None:
    described = {
        shape["properties"]["type"].get("const"): shape["properties"]["data"]
        for shape in frame_schema()["$defs"].values()
        if "job_id" in shape.get("properties", {}) and "data" in shape["properties"]
    }
    assert described == {event.type: {"$ref": f"#/$defs/{event.__name__}"} for event in EVENT_TYPES}


def test_frames_as_they_are_sent_fit_the_schema() -> None:
    schema = frame_schema()
    for frame in (ResetFrame(), TokenFrame(message_id=new_id(), character="eliza", content="Hello")):  # type: ignore[arg-type]
        jsonschema_rs.validate(schema, json.loads(frame.model_dump_json()))
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, {"type": "token", "content": "Hello"})


def test_the_commands_print_the_contract() -> None:
    frames, openapi = delight("schemas", "frames"), delight("schemas", "openapi")
    assert json.loads(frames.stdout) == frame_schema()
    assert "/api/v1/quests/accept" in json.loads(openapi.stdout)["paths"]
