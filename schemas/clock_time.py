"""Times of day on the person's own clock. JSON Schema's format `time` would ask for an offset, which they do not have."""

from datetime import time
from typing import Annotated

from pydantic import WithJsonSchema

ClockTime = Annotated[
    time,
    WithJsonSchema(
        {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$", "examples": ["22:00:00"]}
    ),
]
