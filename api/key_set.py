"""The identity provider's keys (JWKS): fetched when needed, kept, and fetched anew when a key is unknown."""

import asyncio
import time
from datetime import timedelta

import httpx
import jwt
import structlog

from infra.exceptions import ServiceUnavailable

log = structlog.get_logger(__name__)

# Keys are used this long before they are fetched again; providers announce new keys well before.
FRESH_FOR = timedelta(minutes=10)
# An unknown key id asks the provider at most this often, so that forged tokens cannot flood it.
REFETCH_AFTER = timedelta(seconds=10)
FETCH_TIMEOUT = timedelta(seconds=5)


class KeySet:
    """The public keys at one URL. Keys that were fetched once stay in use while the provider is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: httpx.AsyncClient | None = None
        self._keys: list[jwt.PyJWK] = []
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        """The key with this id, or the only key when the token names none; None when there is no such key.

        Raises `ServiceUnavailable` when no keys could be fetched yet.
        """
        if self._is_older_than(self._fetched_at, FRESH_FOR):
            await self._fetch()
        key = self._pick(key_id)
        if key is None:
            await self._fetch()
            key = self._pick(key_id)
        if key is None and self._fetched_at is None:
            raise ServiceUnavailable("The identity provider's keys are not available.")
        return key

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _pick(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == key_id), None)

    async def _fetch(self) -> None:
        async with self._fetching:
            if not self._is_older_than(self._tried_at, REFETCH_AFTER):
                return
            self._tried_at = time.monotonic()
            if self._client is None:
                self._client = httpx.AsyncClient(timeout=FETCH_TIMEOUT.total_seconds())
            try:
                response = await self._client.get(self._url)
                response.raise_for_status()
                keys = jwt.PyJWKSet.from_dict(response.json()).keys
            except (httpx.HTTPError, httpx.InvalidURL, jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
                log.warning("key_set.fetch_failed", error=repr(error), keys_kept=len(self._keys))
                return
            self._keys = [key for key in keys if key.public_key_use in (None, "sig")]
            self._fetched_at = self._tried_at
            log.info("key_set.fetched", keys=len(self._keys))

    @staticmethod
    def _is_older_than(moment: float | None, age: timedelta) -> bool:
        return moment is None or time.monotonic() - moment >= age.total_seconds()
