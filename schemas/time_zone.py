"""The name of a time zone, checked where it comes in: a person's days are counted by it."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field


def _is_known(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be an IANA name such as Europe/Berlin")
    return name


TimeZoneName = Annotated[
    str, Field(max_length=64, description="An IANA name.", examples=["Europe/Berlin"]), AfterValidator(_is_known)
]
