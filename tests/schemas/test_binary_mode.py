"""Records are written by hand as the CloudEvents SDK would write them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from infra.record_broker import raw_headers
from schemas.cloudevents import encode
from schemas.events import Envelope, Event
from schemas.quests import QuestRequested

MOMENT = datetime(2026, 3, 4, 12, 30, 1, 250, tzinfo=UTC)


@pytest.mark.parametrize("whole", [True, False])
def test_the_headers_are_those_of_the_sdk(whole: bool) -> None:
    envelope: Envelope[Event] = Envelope(
        id=UUID(int=7),
        data=QuestRequested(user_id="ada"),
        time=MOMENT,
        source="/campagnes/été" if whole else "/delight",
        correlation_id="r-1" if whole else None,
        causation_id=UUID(int=8) if whole else None,
        traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01" if whole else None,
        expiry_time=MOMENT if whole else None,
    )
    attributes = {
        "id": str(envelope.id),
        "source": envelope.source,
        "type": envelope.type,
        "time": envelope.time,
        "datacontenttype": "application/json",
        "correlationid": envelope.correlation_id,
        "causationid": str(envelope.causation_id) if envelope.causation_id else None,
        "traceparent": envelope.traceparent,
        "expirytime": envelope.expiry_time,
    }
    theirs = to_binary(CloudEvent({name: value for name, value in attributes.items() if value}), JSONFormat())

    assert dict(raw_headers(encode(envelope).headers)) == theirs.headers
