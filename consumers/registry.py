"""Every consumer of the platform, in one explicit tuple."""

from itertools import zip_longest

from consumers.character_initiation import character_initiation
from consumers.companion_history import companion_history
from consumers.companion_reply import companion_reply
from consumers.memory_consolidation import memory_consolidation
from consumers.mission_briefing import mission_briefing
from consumers.mission_lifecycle import mission_lifecycle
from consumers.nudge_delivery import nudge_delivery
from consumers.nudge_response import nudge_response
from consumers.nudge_scheduling import nudge_scheduling
from consumers.person_deletion import person_deletion
from consumers.progress_tracking import progress_tracking
from consumers.quest_generation import quest_generation
from consumers.runtime.consumer import AnyConsumer
from consumers.subscriptions import SUBSCRIPTIONS

CONSUMERS: tuple[AnyConsumer, ...] = (
    quest_generation,
    mission_lifecycle,
    mission_briefing,
    progress_tracking,
    companion_reply,
    companion_history,
    character_initiation,
    memory_consolidation,
    nudge_scheduling,
    nudge_delivery,
    nudge_response,
    person_deletion,
)

# Said twice, and therefore compared: `consumers/subscriptions.py` says why.
for _here, _there in zip_longest((consumer.subscription for consumer in CONSUMERS), SUBSCRIPTIONS):
    if _here != _there:
        raise ValueError(f"consumers/subscriptions.py must say what the declarations say: {_here}, and not {_there}")
