"""Delivering a nudge: no thinking, but the person's webhook is slow work that must not happen in a transaction."""

from datetime import UTC, datetime

import structlog

from agents.context import AgentContext
from infra.exceptions import WebhookRefused
from schemas.events import Envelope
from schemas.nudges import NudgeDue, NudgeWebhook, WebhookStatus
from services.nudge_delivery import NudgeOutcome, read_due

log = structlog.get_logger(__name__)


async def deliver_nudge(event: Envelope[NudgeDue], context: AgentContext) -> NudgeOutcome:
    """Send the due nudge to the person's webhook, when that is the event's channel and it is still wanted.

    The receiver gets a `NudgeWebhook`; a repetition after a crash has the same `id`. Raises `WebhookFailed` when another
    attempt may succeed.
    """
    async with context.sessions() as session:
        due = await read_due(session, event, datetime.now(UTC))
    if due is None or due.webhook is None:
        return NudgeOutcome()
    body = NudgeWebhook(id=event.id, nudge_id=due.id, text=due.text, expires_at=due.expires_at)
    try:
        answer = await context.webhooks.send(
            due.webhook.url,
            body=body.model_dump_json().encode(),
            secret=due.webhook.secret,
            message_id=str(event.id),
        )
    except WebhookRefused as refused:
        log.info("nudge.webhook_refused", nudge_id=str(due.id), why=refused.message)
        return NudgeOutcome(WebhookStatus.FAILED)
    return NudgeOutcome(WebhookStatus.DELIVERED, answer)
