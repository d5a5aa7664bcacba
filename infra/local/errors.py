"""The one error of the embedded stack: a sentence that says what is wrong and what to do about it."""

from infra.exceptions import DelightException


class StackError(DelightException):
    """A server of the stack cannot be prepared, started or reached. Nothing that was accepted is lost."""

    code = "stack_error"
    status_code = 503


class StartCancelled(StackError):
    """Somebody stopped the stack, or another server failed, before this one was started."""
