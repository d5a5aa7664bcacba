"""quest-generation: somebody asked for quests; the quest agent writes three to five."""

from datetime import timedelta

from agents.quest_agent import generate_quests
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import Criticality, JobPolicy, RetryPolicy
from schemas.quests import QuestRequested
from services import quest_service

quest_generation = Consumer(
    name="quest-generation",
    event=QuestRequested,
    agent=generate_quests,
    save=quest_service.save_quests,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=3, initial=timedelta(seconds=2)),  # 2 s, 4 s, 8 s
        timeout=timedelta(seconds=60),
        concurrency=200,
        criticality=Criticality.CRITICAL,
    ),
    uses_model=True,
    resumes=True,
)
