"""Dead letters as operators see them: the list, one letter with its history, groups of alike failures, and retries.

A dead letter is known by `<event id>:<job type>`, since an event may be dead in several consumer groups.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.jobs import JobError, JobStatus

DEFAULT_RATE = 10.0
"""Dead letters per second that a retry of many sends back."""
MAX_RATE = 1000.0
MAX_CHOSEN = 500
"""The most dead letters that can be chosen one by one."""

ShortFilter = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class DeadLetterFilter(BaseModel):
    """Which dead letters: those that all given conditions hold for."""

    model_config = ConfigDict(extra="forbid")

    ids: list[ShortFilter] | None = Field(
        default=None, max_length=MAX_CHOSEN, description="One of these, each `<event id>:<job type>`."
    )
    job_type: ShortFilter | None = Field(default=None, description="Of this job type.")
    error: ShortFilter | None = Field(default=None, description="Whose error type or message contains this text.")
    fingerprint: ShortFilter | None = Field(default=None, description="Of this group of alike failures.")
    user_id: ShortFilter | None = Field(default=None, description="About this person.")
    died_before: AwareDatetime | None = Field(default=None, description="That died before this moment.")
    died_after: AwareDatetime | None = Field(default=None, description="That died at or after this moment.")


class DeadLetterQuery(DeadLetterFilter):
    """A page of what the filter selects."""

    limit: int = Field(default=20, ge=1, le=100, description="Items of one page.")
    cursor: str | None = Field(default=None, max_length=128, description="The `next_cursor` of the page before.")

    @property
    def filter(self) -> DeadLetterFilter:
        return DeadLetterFilter(**self.model_dump(include=set(DeadLetterFilter.model_fields)))


class DeadLetterRead(BaseModel):
    """One line of the list."""

    id: str = Field(description="`<event id>:<job type>`")
    event_id: UUID
    job_type: str
    event_type: str | None = Field(description="Null when the record could not be read.")
    user_id: str
    request_id: str | None
    status: JobStatus = Field(description="`dead`, or what became of it since.")
    reason: str | None = Field(description="`exhausted`, `invalid`, `undecodable` or `too_old`.")
    error: JobError | None
    fingerprint: str | None = Field(description="Letters that failed alike have the same.")
    life: int = Field(description="1, and one more for each retry by an operator.")
    attempts: int = Field(description="Attempts of this life.")
    accepted_at: datetime
    died_at: datetime
    tokens: int = Field(description="Tokens spent so far, in and out, over all lives.")


class AttemptRead(BaseModel):
    """One settled delivery of the job."""

    model_config = ConfigDict(from_attributes=True)

    life: int
    attempt: int
    delivery: int
    outcome: str
    started_at: datetime
    finished_at: datetime
    worker: str | None
    error_type: str | None
    error_message: str | None


class OperatorActionRead(BaseModel):
    """What an operator did to it."""

    model_config = ConfigDict(from_attributes=True)

    operator: str
    action: str
    details: dict[str, Any]
    created_at: datetime


class DeadLetterDetail(DeadLetterRead):
    """Everything that is known of one dead letter."""

    obstacle: str | None = Field(description="Why it cannot be retried as it is; null when it can.")
    topic: str | None
    partition: int | None
    offset: int | None
    key: str | None
    headers: list[tuple[str, str | None]] = Field(description="A value that is no text is null here.")
    data: dict[str, Any] | None = Field(description="The event, where the record's value is a JSON object.")
    value: str | None = Field(description="The record's value as text; other bytes as `base64:…`.")
    stacktrace: str
    attempts_made: list[AttemptRead] = Field(description="Over all lives, oldest first.")
    actions: list[OperatorActionRead] = Field(description="What operators did to it, oldest first.")


class DeadLetterRetried(BaseModel):
    """The answer to a retry: the job begins another life."""

    id: str
    life: int
    delivery: int


class DeadLetterEdit(BaseModel):
    """The event's data anew, as a whole. The event keeps its id."""

    model_config = ConfigDict(extra="forbid")

    data: dict[str, Any]
    event_type: str | None = Field(
        default=None, description="Needed only when the record does not say its type and the group handles several."
    )
    retry: bool = Field(default=False, description="Retry it at once.")


class DeadLetterDiscard(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class FailureGroup(BaseModel):
    """Dead letters that failed alike."""

    fingerprint: str | None
    job_type: str
    error_type: str
    count: int
    people: int
    first_seen_at: datetime
    last_seen_at: datetime
    sample_id: str = Field(description="The newest of them.")
    sample_message: str


class JobTypePlan(BaseModel):
    """What a retry would mean for one job type."""

    job_type: str
    letters: int
    skipped: int = Field(description="Of these, how many cannot be retried before they are edited.")
    tokens_per_job: int = Field(description="In and out: the mean of recent successes, or of what the letters spent.")
    estimated_tokens: int
    estimated_usd: float = Field(description="What these tokens cost, in US dollars.")


class RetryPlan(BaseModel):
    """What a retry of all that match would do, before it is done."""

    filter: DeadLetterFilter
    letters: int
    skipped: int = Field(
        description="Letters that would be left: they have to be edited first, or their group is gone."
    )
    hopeless: int = Field(
        description="Letters that died at once, as unreadable or invalid: unless their cause is mended they will again."
    )
    people: int = Field(description="Distinct persons.")
    oldest_died_at: datetime | None
    newest_died_at: datetime | None
    oldest_age_seconds: float = Field(description="Since the oldest died.")
    estimated_tokens: int
    estimated_usd: float
    job_types: list[JobTypePlan]


class RetryOrder(BaseModel):
    """An order to retry all dead letters that match and died before now."""

    model_config = ConfigDict(extra="forbid")

    filter: DeadLetterFilter = Field(default_factory=DeadLetterFilter)
    rate: float = Field(default=DEFAULT_RATE, gt=0, le=MAX_RATE, description="Dead letters per second.")
    canary: int = Field(
        default=0, ge=0, le=1000, description="Try so many first; go on when all are through, halt when one died again."
    )


class RunState(StrEnum):
    CANARY = "canary"
    """The first few are on their way; the others wait for them."""
    RUNNING = "running"
    HALTED = "halted"
    """A canary died again."""
    STOPPED = "stopped"
    """By an operator."""
    DONE = "done"
    """Every letter was sent back or skipped; `jobs` says what became of them."""


class RetryRunRead(BaseModel):
    """One retry of many dead letters."""

    id: UUID
    operator: str
    state: RunState
    filter: DeadLetterFilter
    rate: float
    canary: int
    planned: int
    retried: int
    skipped: int
    created_at: datetime
    finished_at: datetime | None
    jobs: dict[str, int] = Field(description="What became of those retried so far: jobs by status.")


class StreamRebuilt(BaseModel):
    """What a rebuild of the dead-letter stream changed."""

    letters: int = Field(description="Entries now.")
    added: int
    replaced: int
    removed: int
