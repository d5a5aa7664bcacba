"""nudge-delivery: the moment of a nudge has come; it goes to the person's streams or to their webhook."""

from datetime import timedelta

from agents.nudge_delivery import deliver_nudge
from consumers.runtime.breaker import BreakerPolicy
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.nudges import NudgeDue
from services.nudge_delivery import save_delivery

nudge_delivery = Consumer(
    name="nudge-delivery",
    event=NudgeDue,
    agent=deliver_nudge,
    save=save_delivery,
    policy=JobPolicy(
        # All within the life of a nudge, which is two hours: 20 s, 1 min, 3 min, 9 min, 27 min
        retry=RetryPolicy.exponential(max_retries=5, initial=timedelta(seconds=20), factor=3.0),
        timeout=timedelta(seconds=30),
        concurrency=200,
        # What fails here are persons' own servers, and one of them says nothing about the others.
        breaker=BreakerPolicy(minimum=1_000, ratio=1.0),
    ),
)
