"""Event types: which there are, who handles them, and what their data must look like."""

from collections.abc import Sequence

from infra.exceptions import NotFound
from schemas.catalogue import EVENT_TYPES
from schemas.event_types import EventTypeDetail, EventTypeRead
from schemas.events import Event
from schemas.export import event_schemas
from schemas.jobs import Subscription


def list_types(subscriptions: Sequence[Subscription]) -> list[EventTypeRead]:
    """Every event type: those of the catalogue, and what else the groups handle."""
    return [
        EventTypeRead(type=event.type, description=_description(event), groups=_groups(event, subscriptions))
        for event in _known(subscriptions).values()
    ]


def read_type(event_type: str, subscriptions: Sequence[Subscription]) -> EventTypeDetail:
    """One of them, with its schema. Raises `NotFound`."""
    event = _known(subscriptions).get(event_type)
    if event is None:
        raise NotFound(f"There is no event type {event_type[:128]!r}.")
    return EventTypeDetail(
        type=event.type,
        description=_description(event),
        groups=_groups(event, subscriptions),
        data_schema=event_schemas([event])[event.type],
    )


def _known(subscriptions: Sequence[Subscription]) -> dict[str, type[Event]]:
    handled = [event for subscription in subscriptions for event in subscription.events]
    return {event.type: event for event in [*EVENT_TYPES, *handled]}


def _groups(event: type[Event], subscriptions: Sequence[Subscription]) -> list[str]:
    return [subscription.group for subscription in subscriptions if event in subscription.events]


def _description(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").split())
