"""Ids are minted once and time-ordered; ids derived from the same parts are the same id."""

from typing import cast
from uuid import UUID, uuid5

from asyncpg.pgproto import pgproto
from uuid_utils import uuid7

# Any fixed UUID serves as a namespace (RFC 9562 §6.6); changing it would break every derived id.
NAMESPACE = UUID("6f0d2a54-6c1b-5d0e-9a86-0d7f4b1f7a11")


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): unique, and sorted by the time it was minted. Quick, as those of `quick_uuid` are."""
    return cast("UUID", pgproto.UUID(uuid7().bytes))


def derived_id(*parts: str) -> UUID:
    """The UUIDv5 of `parts`: equal parts give the equal id, on every machine."""
    # The unit separator keeps ("ab", "c") and ("a", "bc") apart.
    return uuid5(NAMESPACE, "\x1f".join(parts))


def quick_uuid(text: str) -> UUID:
    """`UUID(text)` as an object of asyncpg's compiled subclass, which is what rows come with.

    Read, hashed and compared in C, and sent to PostgreSQL as it is: the ids of a job were a tenth of its cost.
    """
    try:
        return cast("UUID", pgproto.UUID(text))
    except ValueError:
        # It reads neither braces nor "urn:uuid:".
        return UUID(text)
