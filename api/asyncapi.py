"""The AsyncAPI 3 document: every event type is a channel, every consumer group an operation that receives from it.

It is made from the registry, as the topics are, so it cannot tell of others. (FastStream's own generator describes
what is registered with its broker; our consumers and the CloudEvents headers are not.)
"""

from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from infra.kafka import TopicNames
from infra.settings import Settings
from schemas.catalogue import EVENT_TYPES
from schemas.events import Event
from schemas.jobs import Subscription

_SCHEMA_REF = "#/components/schemas/{model}"

_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 in Kafka's binary mode.",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "The event's id; a UUID, or known by the UUIDv5 of source and id."},
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_type": {"type": "string", "description": "The event type, which is its topic."},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_correlationid": {"type": "string", "description": "The request that started the chain."},
        "ce_causationid": {"type": "string", "format": "uuid", "description": "The event whose job caused this one."},
        "ce_traceparent": {"type": "string", "description": "W3C trace context."},
        "ce_expirytime": {"type": "string", "format": "date-time", "description": "After it the event is moot."},
        "content-type": {"const": "application/json"},
    },
}


def describe(settings: Settings, subscriptions: Sequence[Subscription]) -> dict[str, Any]:
    """The document of a system with these settings and consumer groups."""
    names = TopicNames(settings.kafka_topic_prefix)
    _, definitions = models_json_schema([(event, "validation") for event in EVENT_TYPES], ref_template=_SCHEMA_REF)
    operations = {f"publish-{event.type}": _operation("send", event, None) for event in EVENT_TYPES}
    for subscription in subscriptions:
        for event in subscription.events:
            operations[f"{subscription.group}-{event.type}"] = _operation(
                "receive", event, names.group(subscription.group)
            )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Delight events",
            "version": "1.0.0",
            "description": "Every event of the platform. A record's key is the person, so a person's events stay in order.",
        },
        "defaultContentType": "application/json",
        # Where Kafka listens is nobody's business out here.
        "servers": {},
        "channels": {event.type: _channel(event, names) for event in EVENT_TYPES},
        "operations": operations,
        "components": {
            "messages": {event.__name__: _message(event) for event in EVENT_TYPES},
            "messageTraits": {"CloudEvent": {"headers": _HEADERS}},
            "schemas": definitions["$defs"],
        },
    }


def _channel(event: type[Event], names: TopicNames) -> dict[str, Any]:
    topic = names.topic(event.type)
    return {
        "address": topic,
        "description": _meaning(event),
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": _meaning(event),
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/CloudEvent"}],
        "payload": {"$ref": _SCHEMA_REF.format(model=event.__name__)},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "The person: `user_id`."}, "bindingVersion": "0.5.0"}
        },
    }


def _operation(action: str, event: type[Event], group: str | None) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{event.type}"},
        "messages": [{"$ref": f"#/channels/{event.type}/messages/{event.__name__}"}],
    }
    if group is not None:
        operation["summary"] = f"The group {group} handles {event.type}."
        operation["bindings"] = {"kafka": {"groupId": {"type": "string", "enum": [group]}, "bindingVersion": "0.5.0"}}
    return operation


def _meaning(event: type[Event]) -> str:
    """The first paragraph of the class, unless it is inherited."""
    own = event.__dict__.get("__doc__") or f"{event.__name__}."
    return " ".join(own.split("\n\n")[0].split())
