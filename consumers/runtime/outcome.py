"""Outcomes: the one way in which a delivery ended. Frozen and disjoint, so that every `match` can name them all."""

import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from schemas.checked_dataclass import checked_dataclass

# Public contract: the reason is a field of the dead letter.
DeadReason = Literal["undecodable", "invalid", "exhausted", "too_old"]

_LONGEST_TYPE = 255
_LONGEST_MESSAGE = 2_000
_LONGEST_STACKTRACE = 16_000


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, as text that can be stored."""

    type: str
    message: str
    stacktrace: str | None = None

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        kind = type(error)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        try:
            message = str(error)
        except Exception:  # noqa: BLE001 - whoever wrote the exception may have got its text wrong
            message = "(its message cannot be read)"
        return cls(
            type=f"{module}{kind.__qualname__}"[:_LONGEST_TYPE],
            message=_storable(message)[:_LONGEST_MESSAGE],
            stacktrace=_storable("".join(traceback.format_exception(error)))[-_LONGEST_STACKTRACE:],
        )


@checked_dataclass(frozen=True, slots=True)
class Completed:
    result: Any


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The delivery was settled before; nothing is done again but to make sure that everybody was told."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The event was not worth handling any more when its turn came."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The rules say no. Final, and no operator's business: the message is for the person."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed; the next one starts `after` this pause."""

    after: timedelta
    failure: Failure


@dataclass(frozen=True, slots=True)
class Snooze:
    """Somebody named a delay: the job runs again after it and has spent no attempt.

    `overloaded`: it was the provider, which would say the same to other jobs.
    """

    after: timedelta
    failure: Failure
    overloaded: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """The job ends in the dead-letter stream."""

    reason: DeadReason
    failure: Failure


Outcome: TypeAlias = Completed | Duplicate | Expired | Rejected | Retry | Snooze | Dead


def _storable(text: str) -> str:
    # PostgreSQL text cannot hold NUL, nor lone surrogates.
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
