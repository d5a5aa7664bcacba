"""The entry point of `delight`: every error is one sentence on standard error, and an exit code that is not zero."""

import sys
from typing import Literal, NoReturn

import typer

from cli.commands import (
    alerts,
    audit,
    budget,
    database,
    dead_letters,
    demo,
    doctor,
    groups,
    jobs,
    lag,
    policies,
    processes,
    publish,
    schemas,
    settings,
    system,
    token,
    top,
    topics,
    trace,
)
from infra.exceptions import DelightException

# Boxes and colours are for eyes; a pipe gets plain text.
_MARKUP: Literal["rich"] | None = "rich" if sys.stdout.isatty() else None

app = typer.Typer(
    name="delight",
    epilog="Start with: delight demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=_MARKUP,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for _commands in (
    demo,
    system,
    processes,
    topics,
    database,
    schemas,
    policies,
    settings,
    publish,
    token,
    doctor,
    jobs,
    trace,
    groups,
    dead_letters,
    audit,
    budget,
    lag,
    top,
    alerts,
):
    _commands.register(app)


@app.callback()
def _quiet_logs() -> None:
    """Delight: Kafka carries, Postgres decides, agents only think."""
    # A command says itself what went wrong; the logs of libraries would say it again. Processes turn theirs on.
    import logging

    import structlog

    if not _wants_traces():
        logging.getLogger().addHandler(logging.NullHandler())
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def main() -> NoReturn:
    try:
        app(prog_name="delight")
    except DelightException as error:
        if _wants_traces():
            raise
        _fail(error.message)
    except Exception as error:
        if _wants_traces():
            raise
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        detail = str(error).strip().partition("\n")[0]
        _fail(f"{type(error).__name__}: {detail} (DELIGHT_LOG_LEVEL=DEBUG shows where).")
    sys.exit(0)


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    sys.exit(1)


def _wants_traces() -> bool:
    from infra.settings import load_settings

    try:
        return load_settings().log_level == "DEBUG"
    except Exception:  # noqa: BLE001 - asked while another error is being said, which this one must not hide
        return False
