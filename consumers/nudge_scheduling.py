"""nudge-scheduling: a person's day begins; the nudge agent chooses its moments and writes for them."""

from datetime import timedelta

from agents.nudge_agent import plan_nudges
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.nudges import NudgeSchedulingDue
from services.nudge_planning import save_nudges

nudge_scheduling = Consumer(
    name="nudge-scheduling",
    event=NudgeSchedulingDue,
    agent=plan_nudges,
    save=save_nudges,
    policy=JobPolicy(
        retry=RetryPolicy.fixed(max_retries=2, delay=timedelta(seconds=5)),  # 5 s, 5 s
        timeout=timedelta(seconds=60),
        concurrency=100,
    ),
    # Nobody asked for it just now, and a nudge that is known beforehand is none.
    notifies=False,
    uses_model=True,
)
