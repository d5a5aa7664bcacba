"""The plan of a retry of many dead letters: how many, whose, how old, and about what they will cost."""

from sqlalchemy import distinct, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.job import JobModel
from schemas.dead_letters import DeadLetterFilter, JobTypePlan, RetryPlan
from services.dead_letter_revival import RetryLimits
from services.dead_letter_service import IS_DEAD, conditions

# Some recent successes tell what is typical; the bound keeps the plan quick on a table of any size.
_TYPICAL = text("""
    SELECT avg(tokens) AS tokens, avg(cost) AS cost FROM (
        SELECT tokens_in + tokens_out AS tokens, cost FROM jobs
        WHERE job_type = :job_type AND status = 'succeeded' AND finished_at > now() - interval '7 days'
        LIMIT 1000
    ) AS recent
""")


async def plan_retry(session: AsyncSession, wanted: DeadLetterFilter, limits: RetryLimits) -> RetryPlan:
    """What a retry of the letters that `wanted` selects would do.

    Tokens and their cost are estimated for one attempt of each letter: the mean of the job type's recent successes, or
    where there are none, of what the letters have spent per delivery.
    """
    matching = (IS_DEAD, *conditions(wanted))
    skipped = func.count().filter(limits.has_obstacle())
    deliveries = func.greatest(JobModel.delivery, 1)
    tokens_spent = func.avg((JobModel.tokens_in + JobModel.tokens_out) / deliveries)
    cost_spent = func.avg(JobModel.cost / deliveries)
    by_type = await session.execute(
        select(JobModel.job_type, func.count(), skipped, tokens_spent, cost_spent)
        .where(*matching)
        .group_by(JobModel.job_type)
        .order_by(JobModel.job_type)
    )
    job_types: list[JobTypePlan] = []
    for job_type, letters, left, tokens_each, cost_each in by_type.all():
        typical = (await session.execute(_TYPICAL, {"job_type": job_type})).one()
        tokens = round(typical.tokens if typical.tokens is not None else tokens_each)
        cost = typical.cost if typical.cost is not None else cost_each
        job_types.append(
            JobTypePlan(
                job_type=job_type,
                letters=letters,
                skipped=left,
                tokens_per_job=tokens,
                estimated_tokens=tokens * (letters - left),
                estimated_usd=float(cost * (letters - left)),
            )
        )
    people = func.count(distinct(JobModel.user_id))
    hopeless = func.count().filter(JobModel.dead_reason.in_(("undecodable", "invalid")))
    age_of_the_oldest = func.extract("epoch", func.clock_timestamp() - func.min(JobModel.finished_at))
    died = (func.min(JobModel.finished_at), func.max(JobModel.finished_at))
    how_many, without_hope, oldest, newest, age = (
        await session.execute(select(people, hopeless, *died, age_of_the_oldest).where(*matching))
    ).one()
    return RetryPlan(
        filter=wanted,
        letters=sum(one.letters for one in job_types),
        skipped=sum(one.skipped for one in job_types),
        hopeless=without_hope,
        people=how_many,
        oldest_died_at=oldest,
        newest_died_at=newest,
        oldest_age_seconds=max(0.0, float(age or 0)),
        estimated_tokens=sum(one.estimated_tokens for one in job_types),
        estimated_usd=sum(one.estimated_usd for one in job_types),
        job_types=job_types,
    )
