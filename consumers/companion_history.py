"""companion-history: a person wrote to a character; the message is in their history, whatever becomes of the answer."""

from datetime import timedelta

from consumers.runtime.consumer import Consumer, no_agent
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.companion import CompanionMessaged
from services import companion_service

companion_history = Consumer(
    name="companion-history",
    event=CompanionMessaged,
    agent=no_agent,
    save=companion_service.keep_message,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=5, initial=timedelta(seconds=1)),  # 1 s, 2 s, 4 s, 8 s, 16 s
        timeout=timedelta(seconds=10),
        concurrency=500,
    ),
    # The person knows what they wrote.
    notifies=False,
)
