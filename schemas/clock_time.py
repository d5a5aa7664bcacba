"""Times of day on the person's own clock. JSON Schema's format `time` would ask for an offset, which they do not have."""

from datetime import time
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema


def _without_offset(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("must be a time of the person's own clock, without an offset")
    return moment


ClockTime = Annotated[
    time,
    AfterValidator(_without_offset),
    WithJsonSchema(
        {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$", "examples": ["22:00:00"]}
    ),
]
