"""CloudEvents 1.0 on Kafka: events are written in binary mode; binary and structured mode are read.

Sources: CloudEvents spec v1.0.2 and its Kafka protocol binding. Encoding and the structured mode go through the
`cloudevents` SDK; binary records, which are nearly all of them, are read directly, since the SDK's generic
object would cost more than the rest of decoding together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cloudevents.core.bindings.kafka import KafkaMessage, from_structured, to_binary
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import ValidationError

from schemas.events import Envelope, Event
from schemas.ids import derived_id

JSON = "application/json"
STRUCTURED_JSON = "application/cloudevents+json"

_FORMAT = JSONFormat()

# The headers of nearly all records, as nearly everybody writes them.
_ATTRIBUTES = {
    f"ce_{name}": name
    for name in "id source type specversion time correlationid causationid traceparent expirytime".split()
}

Headers = Sequence[tuple[str, bytes | None]]


class UndecodableEventError(ValueError):
    """The record is no event that we know; the message says why."""


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event as Kafka carries it."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def encode(envelope: Envelope[Event], extra_headers: Mapping[str, str] | None = None) -> EncodedEvent:
    """The binary-mode record of `envelope`: attributes in `ce_` headers, the event as JSON value, keyed by person."""
    attributes: dict[str, Any] = {
        "id": str(envelope.id),
        "source": envelope.source,
        "type": envelope.type,
        "time": envelope.time,
        "datacontenttype": JSON,
    }
    if envelope.correlation_id is not None:
        attributes["correlationid"] = envelope.correlation_id
    if envelope.causation_id is not None:
        attributes["causationid"] = str(envelope.causation_id)
    if envelope.traceparent is not None:
        attributes["traceparent"] = envelope.traceparent
    if envelope.expiry_time is not None:
        attributes["expirytime"] = envelope.expiry_time.astimezone(UTC)
    # The value is serialised by pydantic: to the SDK it is bytes already.
    message = to_binary(CloudEvent(attributes), _FORMAT)
    headers = list(message.headers.items())
    if extra_headers:
        headers.extend((name, value.encode()) for name, value in extra_headers.items())
    return EncodedEvent(
        topic=envelope.type,
        key=envelope.user_id.encode(),
        value=envelope.data.model_dump_json().encode(),
        headers=headers,
    )


def decode(value: bytes | None, headers: Headers, types: Mapping[str, type[Event]]) -> Envelope[Event]:
    """The event of a record, in binary or structured mode.

    Raises `UndecodableEventError` when the record is no CloudEvent, its type is not among `types`, or its data do
    not fit that type's schema.
    """
    if value is None:
        raise UndecodableEventError("the record has no value")
    attributes: dict[str, str] = {}
    content_type = ""
    for name, raw in headers:
        attribute = _ATTRIBUTES.get(name) or _attribute(name)
        if attribute is not None:
            attributes[attribute] = _text(name, raw)
        elif name.lower() == "content-type":
            content_type = _text(name, raw)
    if attributes:
        return _envelope(attributes, value, types)
    if content_type.startswith(STRUCTURED_JSON):
        return _decode_structured(value, types)
    raise UndecodableEventError("the record has no ce_ headers and its content-type is no CloudEvents format")


def event_uuid(source: str, identifier: str) -> UUID:
    """The UUID that an event is known by: its id where that is a UUID, else the UUIDv5 of (source, id)."""
    try:
        return UUID(identifier)
    except ValueError:
        return derived_id("event", source, identifier)


def envelope_from_attributes(
    attributes: Mapping[str, Any], data: object, types: Mapping[str, type[Event]]
) -> Envelope[Event]:
    """The envelope of a CloudEvent that came as attributes and decoded data, for example over HTTP.

    Raises `UndecodableEventError` as `decode` does.
    """
    text = {name: _attribute_text(value) for name, value in attributes.items() if value is not None}
    return _envelope(text, data, types)


def _decode_structured(value: bytes, types: Mapping[str, type[Event]]) -> Envelope[Event]:
    try:
        event = from_structured(KafkaMessage(headers={}, key=None, value=value), _FORMAT)
    except (CloudEventValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UndecodableEventError(f"the structured CloudEvent cannot be read: {error}") from error
    return envelope_from_attributes(event.get_attributes(), event.get_data(), types)


def _envelope(attributes: Mapping[str, str], data: object, types: Mapping[str, type[Event]]) -> Envelope[Event]:
    try:
        identifier, source, type_name = attributes["id"], attributes["source"], attributes["type"]
    except KeyError as missing:
        raise UndecodableEventError(f"the CloudEvents attribute {missing} is missing") from missing
    if not identifier or not source:
        raise UndecodableEventError("the CloudEvents attributes id and source must not be empty")
    if attributes.get("specversion", "1.0") != "1.0":
        raise UndecodableEventError(f"CloudEvents version {attributes['specversion']!r} is not supported, only 1.0")
    event_type = types.get(type_name)
    if event_type is None:
        raise UndecodableEventError(f"the event type {type_name!r} is unknown here")
    try:
        validate: Callable[..., Event] = (
            event_type.model_validate_json if isinstance(data, (bytes, str)) else event_type.model_validate
        )
        event = validate(data)
    except ValidationError as error:
        raise UndecodableEventError(f"the data do not fit {type_name}: {_summary(error)}") from error
    causation = attributes.get("causationid")
    return Envelope(
        id=event_uuid(source, identifier),
        data=event,
        time=_time("time", attributes["time"]) if "time" in attributes else datetime.now(UTC),
        source=source,
        correlation_id=_printable(attributes.get("correlationid")),
        causation_id=event_uuid(source, causation) if causation else None,
        traceparent=_printable(attributes.get("traceparent")),
        expiry_time=_time("expirytime", attributes["expirytime"]) if "expirytime" in attributes else None,
    )


def _printable(text: str | None) -> str | None:
    """Ids from elsewhere end up in log lines and text columns: printable characters only, at most 128."""
    return "".join(filter(str.isprintable, text))[:128] or None if text is not None else None


def _attribute(header: str) -> str | None:
    """The attribute that a header of a binary record carries, if any."""
    lowered = header.lower()
    return lowered[3:] if lowered.startswith("ce_") else None


def _text(name: str, raw: bytes | None) -> str:
    if raw is None:
        raise UndecodableEventError(f"the header {name} is null")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise UndecodableEventError(f"the header {name} is not UTF-8") from error


def _attribute_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _time(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        # An offset may lead out of the calendar: better here than where the time is stored.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise UndecodableEventError(f"the CloudEvents attribute {name} is no RFC 3339 time: {text[:64]!r}") from error


def _summary(error: ValidationError) -> str:
    """Where and why, without the values: messages end up in logs, and values may be private."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in error.errors(include_input=False)
    )
