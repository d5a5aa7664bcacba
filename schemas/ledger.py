"""The ledger: every accepted event is completed, dead, or in flight, in each group that handles it."""

from uuid import UUID

from pydantic import BaseModel, Field


class LedgerGroup(BaseModel):
    """One consumer group's account of the events that its topics retain."""

    group: str
    accepted: int = 0
    completed: int = Field(default=0, description="Succeeded, or refused by the rules.")
    dead: int = 0
    expired: int = 0
    cancelled: int = 0
    in_flight: int = Field(default=0, description="Not handled yet, or waiting for their next attempt.")
    duplicates: int = Field(default=0, description="Records of an event that was accepted before; each has one effect.")
    unaccounted: list[UUID] = Field(default_factory=list, description="Nobody knows what became of these.")
    twice: list[UUID] = Field(default_factory=list, description="Jobs that completed more than once in one life.")
    unpublished: list[UUID] = Field(
        default_factory=list, description="Events that jobs caused and that neither Kafka nor the outbox has."
    )


class Ledger(BaseModel):
    groups: list[LedgerGroup]

    @property
    def unaccounted(self) -> int:
        return sum(len(group.unaccounted) for group in self.groups)

    @property
    def twice(self) -> int:
        return sum(len(group.twice) for group in self.groups)

    @property
    def unpublished(self) -> int:
        return sum(len(group.unpublished) for group in self.groups)

    @property
    def balanced(self) -> bool:
        """Whether nothing is lost and nothing was done twice."""
        return not self.unaccounted and not self.twice and not self.unpublished
