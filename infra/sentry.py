"""Sentry: alerts leave in the background, and nothing that a person wrote leaves with them."""

from collections.abc import Mapping
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration

from infra.settings import Settings

SCRUBBED = "[scrubbed]"
# Seconds that the end of a process waits for what is still to be sent.
_FLUSH = 2


def init_sentry(settings: Settings) -> None:
    """Let this process send to the DSN of the settings; without one, nothing is ever sent.

    Only what is captured on purpose is sent: no integration listens to logs, requests or queries.
    """
    if settings.sentry_dsn is None:
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        environment=settings.environment.value,
        # Without data_collection and send_default_pii nothing personal is collected; no rate means no traces.
        default_integrations=False,
        auto_enabling_integrations=False,
        # By default it would say on standard error that it waits.
        integrations=[AtexitIntegration(callback=lambda _pending, _timeout: None)],
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        shutdown_timeout=_FLUSH,
        before_send=scrub,
    )


def scrub(event: Any, _hint: Mapping[str, Any]) -> Any:
    """The event without what may quote a person or name a machine: messages of errors, variables, requests."""
    for key in ("request", "breadcrumbs", "server_name"):
        event.pop(key, None)
    if event.get("logentry"):
        event["logentry"].pop("params", None)
    for exception in (event.get("exception") or {}).get("values") or ():
        if exception.get("value"):
            exception["value"] = SCRUBBED
        for frame in (exception.get("stacktrace") or {}).get("frames") or ():
            for key in ("vars", "pre_context", "context_line", "post_context"):
                frame.pop(key, None)
    return event
