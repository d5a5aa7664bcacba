"""CloudEvents 1.0 on Kafka: events are written in binary mode; binary and structured mode are read.

Sources: CloudEvents spec v1.0.2 and its Kafka protocol binding. The structured mode goes through the `cloudevents` SDK;
binary records, which are nearly all of them, are written and read directly, since the SDK's generic object would cost
more than the rest of it together. A test compares what is written with the SDK's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from pydantic import ValidationError

from schemas.checked_dataclass import checked_dataclass
from schemas.events import Envelope, Event
from schemas.ids import derived_id, quick_uuid

JSON = "application/json"
STRUCTURED_JSON = "application/cloudevents+json"
ID_HEADER = "ce_id"
CORRELATION_HEADER = "ce_correlationid"

_FORMAT = JSONFormat()

# The headers of nearly all records, as nearly everybody writes them: a look-up each, instead of a case-insensitive reading.
_ATTRIBUTES = {
    "content-type": "datacontenttype",
    **{
        f"ce_{name}": name
        for name in "id source type specversion time correlationid causationid traceparent expirytime".split()
    },
}

_CONTENT_TYPE_ALONE = frozenset({"datacontenttype"})

Headers = Sequence[tuple[str, bytes | None]]


class UndecodableEventError(ValueError):
    """The record is no event that we know; the message says why."""


@checked_dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event as Kafka carries it."""

    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, str]


def encode(envelope: Envelope[Event]) -> EncodedEvent:
    """The binary-mode record of `envelope`: attributes in `ce_` headers, the event as JSON value, keyed by person."""
    data = envelope.data
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(envelope.id),
        "ce_source": envelope.source,
        "ce_type": data.type,
        "ce_time": _timestamp(envelope.time),
        "content-type": JSON,
    }
    if envelope.correlation_id is not None:
        headers[CORRELATION_HEADER] = envelope.correlation_id
    if envelope.causation_id is not None:
        headers["ce_causationid"] = str(envelope.causation_id)
    if envelope.traceparent is not None:
        headers["ce_traceparent"] = envelope.traceparent
    if envelope.expiry_time is not None:
        headers["ce_expirytime"] = _timestamp(envelope.expiry_time.astimezone(UTC))
    # As `model_dump_json` does, without making a text of it first.
    value = data.__pydantic_serializer__.to_json(data)
    return EncodedEvent(data.type, data.user_id.encode(), value, headers)


def _timestamp(moment: datetime) -> str:
    """RFC 3339, with Z for UTC."""
    # As `isoformat` writes it, in a fifth of the time.
    return orjson.dumps(moment, option=orjson.OPT_UTC_Z)[1:-1].decode()


def decode(value: bytes | None, headers: Headers, types: Mapping[str, type[Event]]) -> Envelope[Event]:
    """The event of a record, in binary or structured mode.

    Raises `UndecodableEventError` when the record is no CloudEvent, its type is not among `types`, or its data do
    not fit that type's schema.
    """
    if value is None:
        raise UndecodableEventError("the record has no value")
    try:
        attributes = {_ATTRIBUTES[name]: raw.decode() for name, raw in headers}  # type: ignore[union-attr]
    except (KeyError, AttributeError, UnicodeDecodeError):
        attributes = _read_attributes(headers)
    if not attributes.keys() <= _CONTENT_TYPE_ALONE:
        return _envelope(attributes, value, types)
    if attributes.get("datacontenttype", "").startswith(STRUCTURED_JSON):
        return _decode_structured(value, types)
    raise UndecodableEventError("the record has no ce_ headers and its content-type is no CloudEvents format")


def event_uuid(source: str, identifier: str) -> UUID:
    """The UUID that an event is known by: its id where that is a UUID, else the UUIDv5 of (source, id)."""
    try:
        return quick_uuid(identifier)
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
    # By position, as in `Envelope`: naming them costs more than all else of making it.
    return Envelope(
        event_uuid(source, identifier),
        event,
        _time("time", attributes["time"]) if "time" in attributes else datetime.now(UTC),
        source,
        _printable(attributes.get("correlationid")),
        event_uuid(source, causation) if causation else None,
        _printable(attributes.get("traceparent")),
        _time("expirytime", attributes["expirytime"]) if "expirytime" in attributes else None,
    )


def _printable(text: str | None) -> str | None:
    """Ids from elsewhere end up in log lines and text columns: printable characters only, at most 128."""
    if text is not None and text.isprintable() and 0 < len(text) <= 128:
        return text
    return "".join(filter(str.isprintable, text))[:128] or None if text is not None else None


def _read_attributes(headers: Headers) -> dict[str, str]:
    """The attributes that headers carry, however their names are written. Raises when one is no text."""
    attributes: dict[str, str] = {}
    for name, raw in headers:
        lowered = name.lower()
        if lowered == "content-type":
            attributes["datacontenttype"] = _text(name, raw)
        elif lowered.startswith("ce_"):
            attributes[lowered[3:]] = _text(name, raw)
    return attributes


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
        if moment.tzinfo is UTC:
            return moment
        # An offset may lead out of the calendar: better here than where the time is stored.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise UndecodableEventError(f"the CloudEvents attribute {name} is no RFC 3339 time: {text[:64]!r}") from error


def _summary(error: ValidationError) -> str:
    """Where and why, without the values: messages end up in logs, and values may be private."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in error.errors(include_input=False)
    )
