"""Plain text: what people and chat models write, without the one character that PostgreSQL's text cannot hold."""

from typing import Annotated

from pydantic import BeforeValidator


def _without_nul(value: object) -> object:
    return value.replace("\x00", "") if isinstance(value, str) else value


# NUL means nothing to anybody, so it is left out rather than refused; lengths are measured afterwards.
PlainText = Annotated[str, BeforeValidator(_without_nul)]
