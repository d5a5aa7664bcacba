"""Alerts: an operator hears of dead letters through Sentry, once per kind of failure and window.

A kind of failure is a fingerprint. The window is kept in Redis, so that all workers together send one alert; what it
holds back is counted, and the next alert says how many there were. Dead letters of critical job types are `fatal`, the
others are warnings. Whatever goes wrong here is logged and harms no settlement.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

import sentry_sdk
import structlog

from infra.dead_letters import DeadLetter
from infra.redis import RedisClient

log = structlog.get_logger(__name__)

_PREFIX = "delight:alerts"


class DeadLetterAlerts:
    """Sends alerts when this process has a Sentry (`infra/sentry.py`), and logs in any case.

    `pseudonym_key` keys the pseudonyms of persons: the same key gives the same pseudonym in every process. Without
    one they mean nothing outside this process.
    """

    def __init__(
        self,
        redis: RedisClient,
        *,
        window: timedelta,
        pseudonym_key: str | None = None,
    ) -> None:
        self._redis = redis
        self._window = window
        self._key = pseudonym_key.encode() if pseudonym_key else secrets.token_bytes(32)

    async def announce(self, letters: Sequence[DeadLetter], *, critical: bool) -> None:
        """Log each letter, and alert once for each kind of failure among them. Raises nothing."""
        for letter in letters:
            log.error(
                "job.dead",
                job_id=str(letter.job_id),
                job_type=letter.job_type,
                user_id=letter.user_id,
                request_id=letter.request_id,
                attempt=letter.attempts,
                life=letter.life,
                reason=letter.reason,
                error_type=letter.exception_type,
                fingerprint=letter.fingerprint,
            )
        if not sentry_sdk.is_initialized():
            return
        kinds: dict[str, list[DeadLetter]] = {}
        for letter in letters:
            kinds.setdefault(letter.fingerprint or letter.place, []).append(letter)
        try:
            for kind, alike in kinds.items():
                held_back = await self._claim(kind, len(alike))
                if held_back is not None:
                    self._send(alike[0], count=len(alike), held_back=held_back, critical=critical)
        except Exception as error:  # noqa: BLE001 - an alert must never hold up a settlement
            log.warning("alert.not_sent", error=repr(error)[:500])

    async def _claim(self, kind: str, count: int) -> int | None:
        """How many letters were held back since the last alert of this kind; None when this one is to be held back."""
        window, held = f"{_PREFIX}:window:{kind}", f"{_PREFIX}:held:{kind}"
        milliseconds = max(1, int(self._window.total_seconds() * 1000))
        if await self._redis.set(window, b"1", nx=True, px=milliseconds):
            return int(await self._redis.getdel(held) or 0)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.incrby(held, count)
        # A kind that never comes again leaves nothing behind.
        pipeline.pexpire(held, 96 * milliseconds)
        await pipeline.execute()
        return None

    def _send(self, letter: DeadLetter, *, count: int, held_back: int, critical: bool) -> None:
        # The error's own words stay here: they may quote a person. `delight dlq show` has them.
        person = self._pseudonym(letter.user_id)
        sentry_sdk.capture_event(
            {
                "level": "fatal" if critical else "warning",
                "logger": "delight.dead_letters",
                "logentry": {"message": f"{letter.job_type}: dead letter, {letter.exception_type}"},
                "transaction": letter.job_type,
                "fingerprint": ["dead-letter", letter.fingerprint or letter.place],
                "tags": {
                    "job_type": letter.job_type,
                    "event_type": letter.event_type or "unreadable",
                    "reason": letter.reason,
                    "error_type": letter.exception_type,
                    "request_id": letter.request_id or "none",
                    "failure": letter.fingerprint or "none",
                    "critical": str(critical).lower(),
                    "person": person,
                },
                "user": {"id": person},
                "extra": {
                    "dead_letter": f"{letter.job_id}:{letter.job_type}",
                    "attempts": letter.attempts,
                    "life": letter.life,
                    "letters": count,
                    "held_back_since_last_alert": held_back,
                },
            }
        )

    def _pseudonym(self, user_id: str) -> str:
        return hmac.new(self._key, user_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]
