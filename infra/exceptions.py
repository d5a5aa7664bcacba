"""Every error that is ours, in one tree.

DelightException              code, status_code, retryable = False
├─ ConfigurationError         a setting is missing or wrong: refuse to start and name it
├─ RequestError               what a caller did wrong
│   ├─ InvalidRequest         422
│   ├─ Unauthenticated        401
│   ├─ NotPermitted           403
│   ├─ NotFound               404 (also for what belongs to somebody else)
│   ├─ Conflict               409
│   └─ TooManyRequests        429, retry_after
├─ JobError                   what a job says about itself
│   ├─ InvalidEvent           the record can never be handled: dead letter at once
│   ├─ JobRejected            the rules say no, for the person's eyes: final, no dead letter
│   │   └─ PersonForgotten    410: the person's data were deleted, and nothing of theirs is kept
│   ├─ JobInvalid             the job can never succeed: dead letter at once, no retries
│   ├─ JobSnoozed             not now: it runs again after retry_after and spends no attempt
│   │   └─ BudgetReached      the person's daily budget is spent; the message is for the person
│   └─ WebhookRefused         a person's webhook is not allowed, or says a final no
└─ UpstreamError              retryable = True
    ├─ ServiceUnavailable     503, retry_after: we cannot accept now
    ├─ WebhookFailed          a person's webhook could not be reached, or could not take it now
    ├─ ModelUnavailable       the chat model failed
    └─ ModelRateLimited       the chat model named a delay: retry_after
"""

from datetime import timedelta
from typing import ClassVar


class DelightException(Exception):
    """The base of the tree. The message is for people; `code` is stable, for programs."""

    code: ClassVar[str] = "internal_error"
    status_code: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigurationError(DelightException):
    code = "configuration_error"


class RequestError(DelightException):
    code = "bad_request"
    status_code = 400


class InvalidRequest(RequestError):
    code = "invalid_request"
    status_code = 422


class Unauthenticated(RequestError):
    code = "unauthenticated"
    status_code = 401


class NotPermitted(RequestError):
    code = "not_permitted"
    status_code = 403


class NotFound(RequestError):
    code = "not_found"
    status_code = 404


class Conflict(RequestError):
    code = "conflict"
    status_code = 409


class TooManyRequests(RequestError):
    code = "too_many_requests"
    status_code = 429

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class JobError(DelightException):
    code = "job_failed"


class InvalidEvent(JobError):
    code = "invalid_event"


class JobRejected(JobError):
    code = "job_rejected"


class PersonForgotten(JobRejected):
    code = "person_forgotten"
    status_code = 410


class JobInvalid(JobError):
    code = "job_invalid"


class JobSnoozed(JobError):
    code = "job_snoozed"

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BudgetReached(JobSnoozed):
    code = "budget_reached"


class WebhookRefused(JobError):
    code = "webhook_refused"


class UpstreamError(DelightException):
    code = "upstream_error"
    status_code = 502
    retryable = True


class ServiceUnavailable(UpstreamError):
    code = "service_unavailable"
    status_code = 503

    def __init__(self, message: str, retry_after: timedelta = timedelta(seconds=2)) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class WebhookFailed(UpstreamError):
    code = "webhook_failed"


class ModelUnavailable(UpstreamError):
    code = "model_unavailable"


class ModelRateLimited(UpstreamError):
    code = "model_rate_limited"

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after
