"""Tell channels about alerts, each change at least once and in order, however long a channel is away.

What is owed stands in `alert_notices`, so a monitor that dies owes nothing that another does not deliver. A channel that
refuses is tried again with back-off, and never given up: an alert that nobody hears of is worth little.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import sentry_sdk
import structlog
from sqlalchemy import text

from infra.database import SessionFactory
from infra.exceptions import WebhookFailed, WebhookRefused
from infra.settings import Settings
from infra.webhooks import WebhookSender
from schemas.alerts import AlertNotice, AlertState, Severity

log = structlog.get_logger(__name__)
# Under the name that log searches know.
_alerts = structlog.get_logger("alerts")

Channel = Callable[[AlertNotice], Awaitable[None]]

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)

# One at a time: a later change of an alert waits until the earlier one was told.
_NEXT = text("""
    SELECT id, content, attempts FROM alert_notices AS notice
    WHERE channel = :channel AND delivered_at IS NULL AND next_attempt_at <= clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM alert_notices AS earlier
        WHERE earlier.alert_id = notice.alert_id AND earlier.channel = notice.channel
          AND earlier.delivered_at IS NULL AND earlier.id < notice.id
      )
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_DELIVERED = text("UPDATE alert_notices SET delivered_at = clock_timestamp(), attempts = attempts + 1 WHERE id = :id")
_FAILED = text("""
    UPDATE alert_notices SET attempts = attempts + 1, last_error = :error,
        next_attempt_at = clock_timestamp() + CAST(:pause AS interval)
    WHERE id = :id
""")


def open_channels(settings: Settings) -> dict[str, Channel]:
    """The channels that this process has: the log always, Sentry and the webhook when they are set up."""
    channels: dict[str, Channel] = {"log": tell_log}
    if sentry_sdk.is_initialized():
        channels["sentry"] = tell_sentry
    if settings.alert_webhook_url is not None and settings.alert_webhook_secret is not None:
        channels["webhook"] = _webhook(
            settings.alert_webhook_url.get_secret_value(), settings.alert_webhook_secret.get_secret_value()
        )
    return channels


class AlertDelivery:
    """Delivers while it runs. Each channel goes its own pace: one that hangs holds up no other."""

    def __init__(self, sessions: SessionFactory, channels: Mapping[str, Channel]) -> None:
        self._sessions = sessions
        self._channels = channels
        self._wake = {name: asyncio.Event() for name in channels}
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """There is something new to tell."""
        for event in self._wake.values():
            event.set()

    def stop(self) -> None:
        """Finish what is being told at this moment; the rest stays owed."""
        self._stopping.set()
        self.wake()

    async def run(self, *, every: timedelta) -> None:
        """Deliver what is due whenever woken, and `every` so often what waits for its next attempt, until `stop`."""
        async with asyncio.TaskGroup() as serving:
            for name, tell in self._channels.items():
                serving.create_task(self._serve(name, tell, every.total_seconds()))

    async def _serve(self, name: str, tell: Channel, every: float) -> None:
        while not self._stopping.is_set():
            self._wake[name].clear()
            try:
                while await self._tell_next(name, tell):
                    if self._stopping.is_set():
                        return
            except Exception as error:  # noqa: BLE001 - what is owed stays owed, whatever happened
                log.warning("alert.delivery_waits", channel=name, error=repr(error)[:500])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake[name].wait(), every)

    async def _tell_next(self, channel: str, tell: Channel) -> bool:
        """Tell the channel the first notice that is due; false when there is none.

        The row stays locked meanwhile, so that several monitors never tell the same at the same time.
        """
        async with self._sessions() as session, session.begin():
            row = (await session.execute(_NEXT, {"channel": channel})).one_or_none()
            if row is None:
                return False
            try:
                await tell(AlertNotice.model_validate(row.content))
            except (WebhookFailed, WebhookRefused) as error:
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.attempts, 20))
                log.warning(
                    "alert.delivery_failed",
                    channel=channel,
                    notice_id=str(row.id),
                    attempt=row.attempts + 1,
                    error=error.message,
                    retry_in_s=pause.total_seconds(),
                )
                await session.execute(_FAILED, {"id": row.id, "error": error.message, "pause": pause})
            else:
                await session.execute(_DELIVERED, {"id": row.id})
            return True


async def tell_log(notice: AlertNotice) -> None:
    """`alert.raised` or `alert.resolved`."""
    alert = notice.alert
    write = _alerts.info
    if alert.state is AlertState.FIRING:
        write = _alerts.error if alert.severity is Severity.CRITICAL else _alerts.warning
    write(
        notice.type,
        rule=alert.rule,
        subject=alert.subject,
        severity=alert.severity.value,
        value=alert.value,
        threshold=alert.threshold,
        since=alert.since.isoformat(),
        alert_id=str(alert.id),
        summary=alert.summary,
    )


async def tell_sentry(notice: AlertNotice) -> None:
    """An issue per rule and subject, however often it fires. Sentry resolves issues by its own rules."""
    alert = notice.alert
    if alert.state is not AlertState.FIRING:
        return
    sentry_sdk.capture_event(
        {
            "level": "error" if alert.severity is Severity.CRITICAL else "warning",
            "logger": "delight.alerts",
            "logentry": {"message": alert.summary},
            "fingerprint": ["alert", alert.rule, alert.subject],
            "tags": {"alert_rule": alert.rule, "alert_subject": alert.subject or "system"},
            "extra": alert.model_dump(mode="json"),
        }
    )


def _webhook(url: str, secret: str) -> Channel:
    # The operator's own setting: an address inside the network is as good as any.
    sender = WebhookSender(trusting=True)

    async def tell(notice: AlertNotice) -> None:
        body = notice.model_dump_json().encode()
        await sender.send(url, body=body, secret=secret, message_id=str(notice.id))

    return tell
