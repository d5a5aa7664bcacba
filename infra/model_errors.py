"""Failures of chat models, said in our own error tree; the one place that knows the providers' ways of failing.

    HTTP 429, 529, 503 with Retry-After     ModelRateLimited: a snooze of the delay named
    HTTP 400, 413, 422, context too long    JobInvalid: the same request would fail again
    HTTP 401, 402, 403, 404                 ModelUnavailable, naming the setting: an operator can mend it
    other statuses, timeouts, connections   ModelUnavailable
    anything else                           as it is: not the model's failure

Providers' SDKs are recognised by the shape and origin of their errors, so that importing this costs no SDK. Messages
carry status and code but not the provider's text, which may repeat the prompt or part of a key: it stays in the cause.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from langchain_core.exceptions import ContextOverflowError, ModelError, ModelTimeoutError

from infra.exceptions import DelightException, JobInvalid, ModelRateLimited, ModelUnavailable

# A provider that says "now" is still asked a moment later, and none may park a job for longer than a day.
MIN_RETRY_AFTER = timedelta(seconds=1)
MAX_RETRY_AFTER = timedelta(days=1)

_RATE_LIMITED = frozenset({429, 503, 529})
_INVALID = frozenset({400, 413, 422})
_SETTING_OF_STATUS = {
    401: "DELIGHT_CHAT_MODEL_API_KEY is missing or wrong",
    402: "the account has no credit",
    403: "the key of DELIGHT_CHAT_MODEL_API_KEY may not use the model",
    404: "DELIGHT_CHAT_MODEL or DELIGHT_CHAT_MODEL_BASE_URL names what does not exist there",
}
_SDK_PACKAGES = frozenset({"openai", "anthropic", "httpx", "httpx2", "httpcore", "httpcore2", "langchain_openai"})


@contextmanager
def model_errors() -> Iterator[None]:
    """Wrap a call of a chat model: what it raises leaves as `translate_model_error` says, the original as its cause."""
    try:
        yield
    except Exception as error:
        translated = translate_model_error(error)
        if translated is error:
            raise
        raise translated from error


def translate_model_error(error: Exception, *, now: datetime | None = None) -> Exception:
    """The error of our tree for what a chat model raised, or `error` itself when the model is not to blame.

    `now` is the time against which a Retry-After date is read.
    """
    if isinstance(error, DelightException):
        return error
    if isinstance(error, ContextOverflowError):
        return JobInvalid("The prompt is longer than the chat model accepts.")
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and _is_of_provider(error):
        return _of_status(error, status, now or datetime.now(UTC))
    if isinstance(error, (TimeoutError, ModelTimeoutError)):
        return ModelUnavailable("The chat model did not answer in time.")
    if isinstance(error, (ModelError, ConnectionError)) or _is_of_provider(error):
        return ModelUnavailable(f"The chat model failed ({type(error).__name__}).")
    return error


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """The delay that a response names, in `retry-after-ms` or `retry-after` (seconds or an HTTP date), within bounds.

    None when it names none that can be read.
    """
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = _number(headers.get(header))
        if seconds is not None:
            return _bounded(seconds * unit)
    try:
        moment = parsedate_to_datetime(headers.get("retry-after") or "")
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _bounded((moment - now).total_seconds())


def _of_status(error: Exception, status: int, now: datetime) -> Exception:
    said = f"The chat model answered HTTP {status}{_code(error)}"
    delay = retry_after(getattr(getattr(error, "response", None), "headers", {}), now=now)
    if status in _RATE_LIMITED and delay is not None:
        return ModelRateLimited(f"{said} and asks to wait.", delay)
    if status in _SETTING_OF_STATUS:
        return ModelUnavailable(f"{said}: {_SETTING_OF_STATUS[status]}.")
    # An account without credit is a 400 at Anthropic, and no fault of the job.
    if status in _INVALID and "credit balance" not in str(error):
        return JobInvalid(f"{said}: it does not accept this request.")
    return ModelUnavailable(f"{said}.")


def _code(error: Exception) -> str:
    """The provider's code or type of the error, in parentheses, where it gives one."""
    body: Any = getattr(error, "body", None)
    detail = body.get("error", body) if isinstance(body, dict) else None
    code = (detail.get("code") or detail.get("type")) if isinstance(detail, dict) else None
    return f" ({code})" if isinstance(code, str) else ""


def _is_of_provider(error: Exception) -> bool:
    return any(base.__module__.partition(".")[0] in _SDK_PACKAGES for base in type(error).__mro__)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _bounded(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, MIN_RETRY_AFTER.total_seconds()), MAX_RETRY_AFTER.total_seconds()))
