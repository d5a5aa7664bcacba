"""Says in a 202 that the person's daily budget is spent, and so what happens to the work that was just accepted.

A courtesy: where PostgreSQL is away or slow, the answer comes without it.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from api.error_handlers import is_unavailable
from infra.database import SessionFactory
from infra.model_prices import OFFLINE_MODEL
from infra.settings import Settings
from schemas.cost import BudgetNotice, BudgetPolicy
from schemas.events import Event
from schemas.jobs import Subscription
from services.budget_service import read_notice

log = structlog.get_logger(__name__)

# Seconds: the event is accepted already.
_PATIENCE = 0.5


class BudgetNotices:
    """Knows which events need a chat model. Reads nothing where no budget limits anybody."""

    def __init__(self, settings: Settings, sessions: SessionFactory, subscriptions: Sequence[Subscription]) -> None:
        self._settings = settings
        self._sessions = sessions
        limited = settings.budget_policy is not BudgetPolicy.OFF and settings.chat_model != OFFLINE_MODEL
        self._types = frozenset(
            event.type
            for subscription in subscriptions
            if limited and subscription.uses_model
            for event in subscription.events
        )

    def may_limit(self, event: Event) -> bool:
        """Whether there may be anything to tell."""
        return event.type in self._types

    async def notice_for(self, event: Event) -> BudgetNotice | None:
        """What to tell the person whose event this is; None when there is nothing to tell."""
        if not self.may_limit(event):
            return None
        try:
            async with asyncio.timeout(_PATIENCE), self._sessions() as session:
                return await read_notice(session, event.user_id, self._settings, datetime.now(UTC))
        except Exception as error:
            if not (isinstance(error, TimeoutError) or is_unavailable(error)):
                raise
            log.warning("budget.not_read", error=repr(error))
            return None
