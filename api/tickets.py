"""Tickets for SSE: a browser's EventSource cannot send a header, so it brings a ticket, good once and for seconds."""

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta

from api.identity import Identity, Role
from infra.exceptions import Unauthenticated
from infra.redis import RedisClient

GOOD_FOR = timedelta(seconds=30)


class TicketOffice:
    """Issues tickets and takes them back. Redis knows a ticket only by its hash."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis

    async def issue(self, identity: Identity) -> str:
        """A ticket for this identity. Raises the client's `RedisError`."""
        ticket = secrets.token_urlsafe(32)
        content = {
            "user_id": identity.user_id,
            "roles": sorted(identity.roles),
            "expires_at": identity.expires_at.timestamp(),
        }
        await self._redis.set(_key(ticket), json.dumps(content), ex=GOOD_FOR)
        return ticket

    async def redeem(self, ticket: str) -> Identity:
        """The identity that the ticket was issued to; nobody can redeem it again.

        Raises `Unauthenticated` for a ticket that is unknown, used or too old, and the client's `RedisError`.
        """
        content = await self._redis.getdel(_key(ticket))
        if content is None:
            raise Unauthenticated("The ticket is unknown, used or too old. Ask for a new one.")
        fields = json.loads(content)
        return Identity(
            user_id=fields["user_id"],
            roles=frozenset(Role(name) for name in fields["roles"]),
            expires_at=datetime.fromtimestamp(fields["expires_at"], UTC),
        )


def _key(ticket: str) -> str:
    return f"delight:ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"
