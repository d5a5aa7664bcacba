"""person-deletion: a person wants to be forgotten. Everything of theirs is deleted, then looked for again."""

from datetime import timedelta

from agents.person_deletion import clear_redis
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import Criticality, JobPolicy, RetryPolicy
from schemas.persons import PersonDeleted, PersonDeletionRequested
from services import person_deletion as deletion_service

person_deletion: Consumer[PersonDeletionRequested | PersonDeleted, None] = Consumer(
    name=deletion_service.GROUP,
    event=(PersonDeletionRequested, PersonDeleted),
    agent=clear_redis,
    save=deletion_service.save_deletion,
    policy=JobPolicy(
        # A right that must not be lost to a bad day: 2 s, 4 s, 8 s … 1 h, about five hours in all.
        retry=RetryPolicy.exponential(max_retries=15, initial=timedelta(seconds=2)),
        timeout=timedelta(seconds=60),
        concurrency=20,
        criticality=Criticality.CRITICAL,
    ),
    # There is nobody to tell, and the row of the deletion itself must not say who it was.
    notifies=False,
    forgets=True,
)
