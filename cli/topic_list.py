"""Every topic that the system needs: one per event type, and one per consumer group for its retries."""

from dataclasses import dataclass

from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    purpose: str


def all_topics(settings: Settings) -> list[Topic]:
    from consumers.subscriptions import SUBSCRIPTIONS
    from infra.kafka import TopicNames
    from schemas.catalogue import EVENT_TYPES

    names = TopicNames(settings.kafka_topic_prefix)
    readers = {event.type: [s.group for s in SUBSCRIPTIONS if event in s.events] for event in EVENT_TYPES}
    return [
        *(Topic(names.topic(name), f"read by {', '.join(groups) or 'no group'}") for name, groups in readers.items()),
        *(Topic(names.retry(s.group), f"retries of {s.group}") for s in SUBSCRIPTIONS),
    ]
