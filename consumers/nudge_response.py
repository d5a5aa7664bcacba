"""nudge-response: a person answered a nudge. It needs no thinking."""

from datetime import timedelta

from consumers.runtime.consumer import Consumer, no_agent
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.nudges import NudgeAnswered
from services import nudge_service

nudge_response = Consumer(
    name="nudge-response",
    event=NudgeAnswered,
    agent=no_agent,
    save=nudge_service.save_answer,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=5, initial=timedelta(seconds=1)),  # 1 s, 2 s, 4 s, 8 s, 16 s
        timeout=timedelta(seconds=10),
        concurrency=500,
    ),
)
