"""mission-lifecycle: what a person decides about quests and missions takes effect. It needs no thinking."""

from datetime import timedelta

from consumers.runtime.consumer import Consumer, no_agent
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.missions import MissionAbandoned, MissionStarted
from schemas.quests import QuestAccepted, QuestDeclined
from services import mission_service

mission_lifecycle: Consumer[QuestAccepted | QuestDeclined | MissionStarted | MissionAbandoned, None] = Consumer(
    name="mission-lifecycle",
    event=(QuestAccepted, QuestDeclined, MissionStarted, MissionAbandoned),
    agent=no_agent,
    save=mission_service.save_decision,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=5, initial=timedelta(seconds=1)),  # 1 s, 2 s, 4 s, 8 s, 16 s
        timeout=timedelta(seconds=10),
        concurrency=500,
    ),
)
