"""CloudEvents over HTTP: a structured event, a binary one, or a batch becomes envelopes, or is refused whole.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

import orjson
from cloudevents.core.exceptions import CloudEventValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from infra.exceptions import InvalidRequest
from schemas.catalogue import EVENTS_BY_TYPE
from schemas.cloudevents import UndecodableEventError, encode, envelope_from_attributes
from schemas.events import Envelope, Event

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BINARY = "application/json"

MAX_BATCH = 100
# All attributes together, names included.
MAX_ATTRIBUTE_BYTES = 8192
_SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class EventReader:
    """Reads the events of one request; those without a correlation id get the request's."""

    max_event_bytes: int
    request_id: str | None

    def read(self, headers: Headers, body: bytes) -> list[Envelope[Event]]:
        """The events, in their order.

        Raises `InvalidRequest` when any of them is no event that we know or is too large, naming its index in a
        batch, and `HTTPException` 415 for another content type.
        """
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == BATCH:
            return self._read_batch(_json(body))
        try:
            if media_type == STRUCTURED:
                return [self._structured(_json(body))]
            if media_type == BINARY:
                return [self._binary(headers, body)]
        except UndecodableEventError as error:
            raise InvalidRequest(f"This is no event that is known here: {error}.") from None
        raise HTTPException(415, f"Send {STRUCTURED}, {BATCH}, or {BINARY} with ce- headers.")

    def _read_batch(self, items: object) -> list[Envelope[Event]]:
        if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH:
            raise InvalidRequest(f"A batch is a JSON array of 1 to {MAX_BATCH} events.")
        envelopes: list[Envelope[Event]] = []
        problems: list[str] = []
        for index, item in enumerate(items):
            try:
                envelopes.append(self._structured(item))
            except UndecodableEventError as error:
                problems.append(f"event {index}: {error}")
        if problems:
            shown = "; ".join(problems[:_SHOWN_PROBLEMS])
            raise InvalidRequest(f"{len(problems)} of {len(items)} events are refused, none is published: {shown}.")
        return envelopes

    def _structured(self, item: object) -> Envelope[Event]:
        if not isinstance(item, dict):
            raise UndecodableEventError("an event is a JSON object")
        attributes = {name: value for name, value in item.items() if name not in ("data", "data_base64")}
        if any(isinstance(value, (dict, list)) for value in attributes.values()):
            raise UndecodableEventError("the attributes of an event are plain values")
        data: object = item.get("data")
        if "data_base64" in item:
            try:
                data = base64.b64decode(item["data_base64"], validate=True)
            except (binascii.Error, TypeError, ValueError):
                raise UndecodableEventError("data_base64 is no base64") from None
        return self._envelope(attributes, data)

    def _binary(self, headers: Headers, body: bytes) -> Envelope[Event]:
        attributes = {
            name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")
        }
        if not attributes:
            raise UndecodableEventError("there are no ce- headers")
        return self._envelope(attributes, body)

    def _envelope(self, attributes: Mapping[str, object], data: object) -> Envelope[Event]:
        if "specversion" not in attributes:
            raise UndecodableEventError("the CloudEvents attribute 'specversion' is missing")
        envelope = envelope_from_attributes(attributes, data, EVENTS_BY_TYPE)
        if envelope.correlation_id is None:
            envelope = replace(envelope, correlation_id=self.request_id)
        if not envelope.user_id.isprintable():
            raise UndecodableEventError("user_id must be printable characters")
        try:
            record = encode(envelope)
            size = sum(len(name) + len(value.encode()) for name, value in record.headers.items())
        except (CloudEventValidationError, OverflowError, ValueError) as error:
            raise UndecodableEventError(f"its attributes cannot be carried: {error}") from None
        if len(record.value) > self.max_event_bytes:
            raise UndecodableEventError(
                f"it has {len(record.value)} bytes, at most {self.max_event_bytes} are accepted"
            )
        if size > MAX_ATTRIBUTE_BYTES:
            raise UndecodableEventError(f"its attributes have more than {MAX_ATTRIBUTE_BYTES} bytes")
        return envelope


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"The body is no JSON: {error}.") from None
