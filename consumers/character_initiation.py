"""character-initiation: it is time to see whether a character should write to a person first, and it does if so.

Policy: three retries after 10 s, 20 s and 40 s, then a dead letter; nobody waits for it. Whether somebody writes, who and
why is decided by rules over what the person did (`services.initiation`). In the person's quiet hours the job is snoozed
until they are over, and then decides anew; about a day that has passed for longer nobody writes any more. At most one
character writes first on a person's calendar day: the save asks, and a unique constraint makes sure.
"""

from datetime import timedelta

from agents.character_agent import reach_out
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.characters import CharacterInitiationDue
from services import initiation_service

character_initiation = Consumer(
    name="character-initiation",
    event=CharacterInitiationDue,
    agent=reach_out,
    save=initiation_service.save_opening,
    policy=JobPolicy(
        retry=RetryPolicy.exponential(max_retries=3, initial=timedelta(seconds=10)),  # 10 s, 20 s, 40 s
        timeout=timedelta(seconds=60),
        concurrency=100,
    ),
    uses_model=True,
)
