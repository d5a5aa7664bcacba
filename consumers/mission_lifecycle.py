"""mission-lifecycle: what a person decides about quests and missions takes effect, and what was left behind is asked about.

It needs no thinking.
"""

from datetime import timedelta

from consumers.runtime.consumer import Consumer, no_agent
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.missions import MissionAbandoned, MissionCheckDue, MissionStarted
from schemas.quests import QuestAccepted, QuestDeclined, QuestReopened
from services import mission_lifecycle as lifecycle

mission_lifecycle: Consumer[lifecycle.Decision, None] = Consumer(
    name=lifecycle.JOB_TYPE,
    event=(QuestAccepted, QuestDeclined, QuestReopened, MissionStarted, MissionAbandoned, MissionCheckDue),
    agent=no_agent,
    save=lifecycle.save_decision,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=5, initial=timedelta(seconds=1)),  # 1 s, 2 s, 4 s, 8 s, 16 s
        timeout=timedelta(seconds=10),
        concurrency=500,
    ),
)
