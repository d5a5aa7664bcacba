"""An edited dead letter: the same event with other data, written as a record that every reader understands."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from infra.exceptions import Conflict, InvalidRequest
from models.job import JobModel
from schemas.cloudevents import UndecodableEventError, decode, encode
from schemas.dead_letters import DeadLetterEdit
from schemas.deliveries import RETRY_HEADERS
from schemas.events import Envelope, Event
from schemas.jobs import Subscription
from services.dead_letter_service import UNDECODABLE

_TYPE_HEADER = "ce_type"


def edit_record(row: JobModel, change: DeadLetterEdit, subscriptions: Sequence[Subscription]) -> int:
    """Write `change` into the row's record; returns the size of its new value in bytes.

    The event keeps its id, its time and what it belongs to. An event that could be read also keeps its type and its
    person; of one that could not, both are taken from the change. Raises `InvalidRequest` when the data do not fit the
    type's schema, and `Conflict` when nobody handles the job type any more.
    """
    types = {event.type: event for s in subscriptions if s.group == row.job_type for event in s.events}
    if not types:
        raise Conflict(f"There is no consumer group {row.job_type} any more.")
    known = _read(row, types)
    if known is None:
        event_type = _choose_type(row, change, types)
        event = _validate(event_type, change.data, {"user_id": row.user_id} if row.user_id else {})
        edited = Envelope(id=row.event_id, data=event, time=row.accepted_at, correlation_id=row.request_id)
    else:
        if change.event_type not in {None, known.type}:
            raise InvalidRequest(f"The event is a {known.type}, and stays one.")
        event = _validate(types[known.type], change.data, {"user_id": known.user_id})
        if event.user_id != known.user_id:
            raise InvalidRequest("The event is about another person: user_id cannot be changed.")
        edited = replace(known, id=row.event_id, data=event)
    record = encode(edited)
    of_the_delivery = [header for header in row.record_headers or [] if header[0] in RETRY_HEADERS and header[1]]
    row.record_key = record.key
    row.record_value = record.value
    headers: list[list[str | None]] = [[name, value] for name, value in record.headers.items()]
    row.record_headers = headers + of_the_delivery
    row.event_type = edited.type
    row.user_id = edited.user_id
    return len(record.value)


def _read(row: JobModel, types: Mapping[str, type[Event]]) -> Envelope[Event] | None:
    if row.event_type == UNDECODABLE:
        return None
    headers = [(str(header[0]), _bytes(header[1:])) for header in row.record_headers or []]
    try:
        return decode(row.record_value, headers, types)
    except UndecodableEventError:
        # It could be read once; the schema has changed since.
        return None


def _bytes(stored: Sequence[str | None]) -> bytes | None:
    """A header's value, as `job_rows.storable_headers` put it."""
    text, *coded = stored
    if text is not None:
        return text.encode()
    return base64.b64decode(coded[0]) if coded and coded[0] else None


def _choose_type(row: JobModel, change: DeadLetterEdit, types: Mapping[str, type[Event]]) -> type[Event]:
    said = next((header[1] for header in row.record_headers or [] if str(header[0]).lower() == _TYPE_HEADER), None)
    for name in (change.event_type, row.event_type, said):
        if name in types:
            return types[str(name)]
        if name is not None and name == change.event_type:
            break
    else:
        if len(types) == 1:
            return next(iter(types.values()))
    raise InvalidRequest(f"Say the event_type; {row.job_type} handles {', '.join(types)}.")


def _validate(event_type: type[Event], data: Mapping[str, object], defaults: Mapping[str, object]) -> Event:
    # Consumers ignore what they do not know; an operator who writes it has made a mistake.
    unknown = sorted(set(data) - set(event_type.model_fields))
    if unknown:
        raise InvalidRequest(
            f"{event_type.type} has no {', '.join(unknown)}; it has {', '.join(event_type.model_fields)}."
        )
    try:
        return event_type.model_validate({**defaults, **data})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'data'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise InvalidRequest(f"The data do not fit {event_type.type}. {problems}.") from None
