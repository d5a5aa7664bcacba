"""progress-tracking: a mission was completed; essence, streaks and the index are booked, once."""

from datetime import timedelta

from consumers.runtime.consumer import Consumer, no_agent
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.missions import MissionCompleted
from services import progress_service

progress_tracking = Consumer(
    name="progress-tracking",
    event=MissionCompleted,
    agent=no_agent,
    save=progress_service.save_completion,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=5, initial=timedelta(seconds=1)),  # 1 s, 2 s, 4 s, 8 s, 16 s
        timeout=timedelta(seconds=10),
        concurrency=500,
    ),
)
