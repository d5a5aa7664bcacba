"""memory-consolidation: what is remembered is tidied, at night or when the person asks. Hours late does no harm."""

from datetime import timedelta

from agents.memory_agent import consolidate_memories
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from schemas.memories import MemoryConsolidationDue
from services.memory_consolidation import save_consolidation

memory_consolidation = Consumer(
    name="memory-consolidation",
    event=MemoryConsolidationDue,
    agent=consolidate_memories,
    save=save_consolidation,
    policy=JobPolicy(
        # 1 min, 5 min, 25 min, 2 h 5 min, 6 h
        retry=RetryPolicy.exponential(
            max_retries=5, initial=timedelta(minutes=1), factor=5.0, longest=timedelta(hours=6)
        ),
        timeout=timedelta(minutes=3),
        # Everybody's night comes at once, and nobody waits for it: the models are left to those who do.
        concurrency=20,
    ),
    uses_model=True,
    resumes=True,
)
