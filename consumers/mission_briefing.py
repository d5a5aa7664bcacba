"""mission-briefing: a mission starts; the mission agent writes how to begin. The mission does not wait for it."""

from datetime import timedelta

from agents.mission_agent import write_briefing
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.missions import MissionStarted
from services import mission_briefing as briefings

mission_briefing = Consumer(
    name="mission-briefing",
    event=MissionStarted,
    agent=write_briefing,
    save=briefings.save_briefing,
    policy=JobPolicy(
        # A briefing that comes minutes after the start helps nobody.
        retry=RetryPolicy.exponential(max_retries=2, initial=timedelta(seconds=1)),  # 1 s, 2 s
        timeout=timedelta(seconds=30),
        concurrency=200,
    ),
    uses_model=True,
)
