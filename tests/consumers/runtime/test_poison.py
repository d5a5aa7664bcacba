"""Whatever somebody writes to a topic: it ends in the dead letters as it was, or is processed; the partition moves on."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from cloudevents.core.bindings.kafka import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from infra.kafka import client_options
from schemas.deliveries import ATTEMPTS_HEADER, DELIVERY_HEADER, JOB_ID_HEADER, LIFE_HEADER, ORIGIN_HEADER
from schemas.events import Envelope
from schemas.ids import derived_id
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.raw_records import Headers, send_event, send_raw, send_with_broken_header_name
from tests.support.system import System
from tests.support.waiting import until

PARTITION = 2
VALUE = b'{"user_id":"ada","mode":"OK"}'


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    """One system whose worker all cases of this module share: none of them may harm it."""
    system = System(make_settings(), [make_pinged(Calls())])
    await system.start()
    async with system.worker(), system.relay():
        yield system
    await system.stop()


def headers_of(**changes: bytes | None) -> list[tuple[str, bytes | None]]:
    """Headers of a good binary record but for these; None leaves one out."""
    headers: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": str(uuid4()).encode(),
        "ce_source": f"/tests/{uuid4()}".encode(),
        "ce_type": b"test.pinged",
        "ce_time": datetime.now(UTC).isoformat().encode(),
        "content-type": b"application/json",
    } | changes
    return [(name, value) for name, value in headers.items() if value is not None]


async def send(system: System, value: bytes | None, headers: Headers = (), **where: Any) -> tuple[str, int, int]:
    """Send to the topic of the events; returns the record's place."""
    topic = where.pop("topic", system.names.topic("test.pinged"))
    sent = await send_raw(
        system.settings, topic, value, headers=headers, **({"key": b"ada", "partition": PARTITION} | where)
    )
    return sent.topic, sent.partition, sent.offset


async def succeeds_behind(system: System, *, topic: str | None = None) -> None:
    """A good event behind it on the same partition is processed."""
    event = Envelope.mint(TestPinged(user_id="bob"))
    await send_event(
        system.settings, topic or system.names.topic("test.pinged"), event, key=b"bob", partition=PARTITION
    )
    await system.job_in(event, "succeeded")


async def letter_of(system: System, place: tuple[str, int, int]) -> dict[str, bytes]:
    async def find() -> dict[str, bytes] | None:
        wanted = {"original-topic": place[0], "original-partition": str(place[1]), "original-offset": str(place[2])}
        for letter in await system.dead_letters():
            if all(letter[name].decode() == value for name, value in wanted.items()):
                return letter
        return None

    return await until(find, what=f"a dead letter of {place}")


STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]

POISON: dict[str, tuple[bytes | None, Headers, str]] = {
    "no JSON": (b"\x00\xff not json", headers_of(), "the data do not fit test.pinged"),
    "an empty value": (b"", headers_of(), "the data do not fit test.pinged"),
    "a tombstone": (None, headers_of(), "the record has no value"),
    "another schema": (b'{"number": "many"}', headers_of(), "user_id: Field required"),
    "a person with control characters": (b'{"user_id":"a\\u0000b"}', headers_of(), "user_id"),
    "no headers at all": (VALUE, (), "no ce_ headers"),
    "a null header": (VALUE, [*headers_of(), ("ce_subject", None)], "ce_subject is null"),
    "a header that is no UTF-8": (VALUE, headers_of(ce_source=b"\xff\xfe"), "ce_source is not UTF-8"),
    "an unknown type": (VALUE, headers_of(ce_type=b"test.unknown"), "'test.unknown' is unknown"),
    "no id": (VALUE, headers_of(ce_id=None), "'id' is missing"),
    "an empty id": (VALUE, headers_of(ce_id=b""), "must not be empty"),
    "an unknown version": (VALUE, headers_of(ce_specversion=b"2.0"), "'2.0' is not supported"),
    "a time that is none": (VALUE, headers_of(ce_time=b"yesterday"), "no RFC 3339 time"),
    "structured garbage": (b"{]", STRUCTURED, "structured CloudEvent cannot be read"),
    "a structured list": (b"[1, 2]", STRUCTURED, "structured CloudEvent cannot be read"),
    "structured nesting": (b'{"data":' * 50_000 + b"1" + b"}" * 50_000, STRUCTURED, ""),
    "a structured id of lone surrogates": (
        b'{"specversion":"1.0","id":"\\ud800","source":"/x","type":"test.pinged","data":{"user_id":"ada"}}',
        STRUCTURED,
        "surrogates not allowed",
    ),
    "structured data of lone surrogates": (
        b'{"specversion":"1.0","id":"1","source":"/x","type":"test.pinged","data":{"user_id":"\\ud800"}}',
        STRUCTURED,
        "user_id",
    ),
}


@pytest.mark.parametrize("case", POISON)
async def test_a_poison_record_is_a_dead_letter_as_it_was(system: System, case: str) -> None:
    value, headers, message = POISON[case]
    place = await send(system, value, headers)
    await succeeds_behind(system)
    letter = await letter_of(system, place)
    assert letter["reason"] == b"undecodable"
    assert message in letter["exception-message"].decode()
    assert letter.get("value") == value
    assert letter["key"] == b"ada"
    stored = {name: raw for name, *raw in json.loads(letter["headers"])}
    assert set(stored) == {name for name, _ in headers}
    for name, raw in headers:
        assert stored[name][0] == (raw.decode() if raw is not None and raw.isascii() else None)


async def test_a_header_that_is_no_text_is_kept_in_base64(system: System) -> None:
    place = await send(system, b"{}", headers_of(ce_source=b"\xff\xfe"))
    letter = await letter_of(system, place)
    assert ["ce_source", None, "//4="] in json.loads(letter["headers"])


async def test_a_record_that_the_client_cannot_read_is_stepped_over(system: System) -> None:
    topic = system.names.topic("test.pinged")
    sent = await send_with_broken_header_name(system.settings, topic, partition=PARTITION)
    await succeeds_behind(system)
    letter = await letter_of(system, (topic, PARTITION, sent.offset))
    assert letter["exception-fqcn"] == b"UnicodeDecodeError"


async def test_a_poison_record_without_key_is_a_dead_letter(system: System) -> None:
    place = await send(system, b"?", headers_of(), key=None)
    await succeeds_behind(system)
    letter = await letter_of(system, place)
    assert "key" not in letter
    assert letter["user-id"] == b""


async def test_an_event_without_key_is_known_by_its_person(system: System) -> None:
    identifier = uuid4()
    await send(system, VALUE, headers_of(ce_id=str(identifier).encode()), key=None)
    row = await until(lambda: job_of(system, identifier))
    assert (row.status, row.user_id) == ("succeeded", "ada")


@pytest.mark.parametrize(
    "changes",
    [
        {"ce_correlationid": b"a\x00b\x1b[31m"},
        {"ce_correlationid": b"x" * 100_000},
        {"ce_correlationid": b"\x00"},
        {"ce_traceparent": b"\x00" * 40},
        {"ce_time": b"0001-01-01T00:00:00+14:00"},
        {"ce_time": b"9999-12-31T23:59:59-14:00"},
        {"ce_time": b"0001-01-01T00:00:00Z"},
        {"ce_expirytime": b"9999-12-31T23:59:59-14:00"},
        {"ce_source": b"\x00"},
        {"ce_id": b"\x00"},
        {"x-foreign": b"\xff\xfe"},
    ],
    ids=lambda changes: f"{next(iter(changes))}={next(iter(changes.values()))[:24]!r}",
)
@pytest.mark.parametrize("mode", ["OK", "ERROR"])
async def test_strange_attributes_stall_nothing(system: System, changes: dict[str, bytes], mode: str) -> None:
    value = json.dumps({"user_id": f"person-{uuid4()}", "mode": mode}).encode()
    place = await send(system, value, headers_of(**changes), key=b"ada")
    await succeeds_behind(system)
    # Processed or refused, retried or not: it comes to an end.
    await until(lambda: ended(system, place, value))
    assert await until(lambda: watermark_passes(system, place))


async def ended(system: System, place: tuple[str, int, int], value: bytes) -> bool:
    user = json.loads(value)["user_id"]
    rows = await system.rows("SELECT status FROM jobs WHERE user_id = :user", user=user)
    return any(row.status in ("succeeded", "dead") for row in rows) or any(
        letter["original-offset"].decode() == str(place[2]) and letter["original-partition"].decode() == str(place[1])
        for letter in await system.dead_letters()
    )


async def watermark_passes(system: System, place: tuple[str, int, int]) -> bool:
    return (await system.committed()).get(place[:2], 0) > place[2]


async def job_of(system: System, identifier: UUID) -> Any | None:
    rows = await system.rows("SELECT * FROM jobs WHERE event_id = :id", id=identifier)
    return rows[0] if rows else None


@pytest.mark.parametrize("timestamp_ms", [-(10**15), -5, 0])
async def test_any_timestamp_of_a_poison_record_will_do(system: System, timestamp_ms: int) -> None:
    place = await send(system, b"?", headers_of(), timestamp_ms=timestamp_ms)
    await succeeds_behind(system)
    assert (await letter_of(system, place))["reason"] == b"undecodable"


RETRY_HEADERS: dict[str, bytes] = {
    ATTEMPTS_HEADER: b"99999",
    DELIVERY_HEADER: b"99999999999",
    LIFE_HEADER: b"-99999999999",
    ORIGIN_HEADER: b"some\x00topic/99999999999/" + b"9" * 30,
    JOB_ID_HEADER: b"no uuid",
}


@pytest.mark.parametrize("retry_topic", [False, True], ids=["main", "retry"])
@pytest.mark.parametrize("name", RETRY_HEADERS)
async def test_forged_retry_headers_stall_nothing(system: System, name: str, retry_topic: bool) -> None:
    topic = system.names.retry("test-pinging") if retry_topic else system.names.topic("test.pinged")
    identifier = uuid4()
    value = json.dumps({"user_id": "eve", "mode": "INVALID"}).encode()
    headers = [*headers_of(ce_id=str(identifier).encode()), (name, RETRY_HEADERS[name])]
    await send(system, value, headers, topic=topic)
    await succeeds_behind(system, topic=topic)
    row = await until(lambda: job_of(system, identifier))
    assert (row.status, row.attempt, row.delivery, row.life) == ("dead", 1, 1, 1)


async def test_headers_of_a_retry_mean_nothing_on_the_main_topic(system: System) -> None:
    identifier, other = uuid4(), uuid4()
    headers = [
        *headers_of(ce_id=str(identifier).encode()),
        (JOB_ID_HEADER, str(other).encode()),
        (ATTEMPTS_HEADER, b"3"),
    ]
    await send(system, json.dumps({"user_id": "eve"}).encode(), headers)
    row = await until(lambda: job_of(system, identifier))
    assert (row.status, row.attempt) == ("succeeded", 1)
    assert await job_of(system, other) is None


async def test_one_id_under_different_keys_in_one_batch_has_one_effect(make_settings: SettingsFactory) -> None:
    calls = Calls()
    system = System(make_settings(), [make_pinged(calls)])
    await system.start()
    identifier = uuid4()
    headers = headers_of(ce_id=str(identifier).encode())
    # Everything is there before the worker is: it comes in one batch. The same person, and somebody else's name for it.
    for key, user, partition in ((b"a", "ada", 0), (b"b", "ada", 1), (None, "ada", 1), (b"c", "eve", 3)):
        value = json.dumps({"user_id": user}).encode()
        await send(system, value, headers, key=key, partition=partition)
    async with system.worker():
        behind = await system.ping("bob")
        await system.job_in(behind, "succeeded")
        await until(lambda: all_committed(system, 5))
    assert len(await system.rows("SELECT 1 FROM effects WHERE event_id = :id", id=identifier)) == 1
    assert sum(call.id == identifier and call.user_id == "ada" for call in calls.started) <= 1
    await system.stop()


async def all_committed(system: System, records: int) -> bool:
    topic = system.names.topic("test.pinged")
    return sum(offset for (name, _), offset in (await system.committed()).items() if name == topic) == records


@pytest.mark.parametrize("to_record", [to_binary, to_structured], ids=["binary", "structured"])
@pytest.mark.parametrize("identifier", [None, "order-17", "ordre-é"])
async def test_events_of_the_plain_sdk_are_processed(system: System, to_record: Any, identifier: str | None) -> None:
    user, source, uuid = f"person-{uuid4()}", f"https://{uuid4()}.example", uuid4()
    event = CloudEvent(
        {"id": identifier or str(uuid), "source": source, "type": "test.pinged", "partitionkey": user},
        {"user_id": user, "number": 3},
    )
    message = to_record(event, JSONFormat())
    async with AIOKafkaProducer(**client_options(system.settings)) as producer:
        await producer.send_and_wait(
            system.names.topic("test.pinged"),
            message.value,
            key=message.key.encode() if isinstance(message.key, str) else message.key,
            headers=list(message.headers.items()),
        )

    async def processed() -> Any:
        rows = await system.rows("SELECT * FROM effects WHERE user_id = :user", user=user)
        return rows[0] if rows else None

    effect = await until(processed)
    expected = uuid if identifier is None else derived_id("event", source, identifier)
    assert (effect.event_id, effect.number) == (expected, 3)
