"""Who sends a request: the subject of the token and its roles."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.events import UserId


class Role(StrEnum):
    """What a token allows. One without the claim for roles counts as a `user`'s."""

    USER = "user"
    PUBLISHER = "publisher"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Identity:
    """The person or system behind a request. After `expires_at` the token is not good any more."""

    user_id: UserId
    roles: frozenset[Role]
    expires_at: datetime
