"""Every consumer of the platform, in one explicit tuple."""

from consumers.mission_briefing import mission_briefing
from consumers.mission_lifecycle import mission_lifecycle
from consumers.progress_tracking import progress_tracking
from consumers.quest_generation import quest_generation
from consumers.runtime.consumer import AnyConsumer
from schemas.jobs import Subscription

CONSUMERS: tuple[AnyConsumer, ...] = (
    quest_generation,
    mission_lifecycle,
    mission_briefing,
    progress_tracking,
)

SUBSCRIPTIONS: tuple[Subscription, ...] = tuple(consumer.subscription for consumer in CONSUMERS)
