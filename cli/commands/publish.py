"""`publish`: put an event on its topic by hand, checked against its schema first."""

import asyncio
import json
import sys
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.output import JsonOption, print_json
from infra.exceptions import InvalidRequest
from schemas.events import Envelope, Event


def register(app: typer.Typer) -> None:
    app.command(
        rich_help_panel="Development",
        epilog="Example: delight publish quest.requested --user ada --data '{\"count\": 3}'",
    )(publish)


def publish(
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="The event type, such as quest.requested.")],
    *,
    user: Annotated[str, typer.Option("--user", "-u", help="Whom the event is about; also its key.")],
    data: Annotated[
        str, typer.Option("--data", "-d", help="The event's data as JSON; `-` reads standard input.")
    ] = "{}",
    event_id: Annotated[
        UUID | None, typer.Option("--id", help="Its id; the same id again has no second effect.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the record instead of publishing it.")] = False,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Publish an event and print its id, once Kafka has it."""
    envelope = Envelope.mint(_read_event(event_type, user, data), event_id=event_id)
    if dry_run:
        _print_record(envelope)
        return
    asyncio.run(_publish(folder, envelope))
    if as_json:
        print_json({"id": envelope.id, "type": envelope.type, "user_id": envelope.user_id})
    else:
        print(envelope.id)


def _read_event(event_type: str, user: str, data: str) -> Event:
    from pydantic import ValidationError

    from schemas.catalogue import EVENTS_BY_TYPE

    model = EVENTS_BY_TYPE.get(event_type)
    if model is None:
        raise InvalidRequest(f"There is no event type {event_type!r}; there are {', '.join(sorted(EVENTS_BY_TYPE))}.")
    try:
        fields: Any = json.loads(sys.stdin.read() if data == "-" else data)
    except ValueError as error:
        raise InvalidRequest(f"The data are no JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise InvalidRequest("The data must be a JSON object.")
    unknown = sorted(set(fields) - set(model.model_fields))
    if unknown:
        # Consumers ignore what they do not know; a person who types it has made a mistake.
        raise InvalidRequest(f"{event_type} has no {', '.join(unknown)}; it has {', '.join(model.model_fields)}.")
    try:
        return model.model_validate({**fields, "user_id": user})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise InvalidRequest(f"The data do not fit {event_type}. {problems}.") from error


async def _publish(folder: FolderOption, envelope: Envelope[Event]) -> None:
    from infra.logging import configure_logging
    from producers.publisher import EventPublisher

    settings = resolve_settings(folder)
    configure_logging(settings, process="cli")
    async with EventPublisher(settings) as publisher:
        await publisher.publish(envelope)


def _print_record(envelope: Envelope[Event]) -> None:
    from schemas.cloudevents import encode

    record = encode(envelope)
    print_json(
        {
            "topic": record.topic,
            "key": record.key.decode(),
            "headers": record.headers,
            "value": json.loads(record.value),
        }
    )
