"""Checkpoints of agents, as rows to be removed: after success, after their time, and with their person.

`infra.checkpoints` writes them. They hold what a person wrote and what a model made of it.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.events import UserId

_REMOVE_THREADS = text("""
    WITH writes AS (DELETE FROM agent_state.checkpoint_writes WHERE thread_id = ANY(:threads)),
         blobs AS (DELETE FROM agent_state.checkpoint_blobs WHERE thread_id = ANY(:threads))
    DELETE FROM agent_state.checkpoints WHERE thread_id = ANY(:threads)
""")

# A job's threads are known by its row too: writes can be saved a moment before the checkpoint that names their person.
_FIND_THREADS = text("""
    SELECT thread_id FROM agent_state.checkpoints WHERE user_id = :user_id
    UNION
    SELECT concat(event_id, ':', job_type) FROM jobs WHERE user_id = :user_id
""")

# A thread goes as a whole: its oldest rows may be part of its present state.
_SWEEP = text("""
    WITH young AS (SELECT DISTINCT thread_id FROM agent_state.checkpoints WHERE created_at >= now() - CAST(:age AS interval)),
         writes AS (
             DELETE FROM agent_state.checkpoint_writes
             WHERE created_at < now() - CAST(:age AS interval) AND thread_id NOT IN (SELECT thread_id FROM young)
         ),
         blobs AS (
             DELETE FROM agent_state.checkpoint_blobs
             WHERE created_at < now() - CAST(:age AS interval) AND thread_id NOT IN (SELECT thread_id FROM young)
         ),
         removed AS (
             DELETE FROM agent_state.checkpoints
             WHERE created_at < now() - CAST(:age AS interval) AND thread_id NOT IN (SELECT thread_id FROM young)
             RETURNING thread_id
         )
    SELECT count(DISTINCT thread_id) FROM removed
""")


def thread_id(event_id: UUID, job_type: str) -> str:
    """The thread of one job: its event and who handles it."""
    return f"{event_id}:{job_type}"


async def remove_checkpoints(session: AsyncSession, threads: Sequence[str]) -> None:
    """Remove these threads."""
    await session.execute(_REMOVE_THREADS, {"threads": list(threads)})


async def remove_checkpoints_of(session: AsyncSession, user_id: UserId) -> None:
    """Remove every thread of the person. An agent that runs meanwhile may leave more, until its job settles."""
    threads = await session.scalars(_FIND_THREADS, {"user_id": user_id})
    await remove_checkpoints(session, list(threads))


async def sweep_checkpoints(session: AsyncSession, older_than: timedelta) -> int:
    """Remove the threads that were saved to last longer ago; returns how many those were.

    Any number of processes may do it.
    """
    return await session.scalar(_SWEEP, {"age": older_than}) or 0
