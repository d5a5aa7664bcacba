"""One trace from the request through Kafka to the job, as a receiver of OTLP gets it; and none without an endpoint."""

from uuid import UUID

import pytest

from api.app import layers
from api.request_span import RequestSpan
from consumers.quest_generation import quest_generation
from consumers.runtime.executor import Executor
from consumers.runtime.settlement import Settlement
from consumers.worker import _runtime_classes
from infra.chat_model import create_chat_model
from infra.settings import Settings
from infra.tracing import current_traceparent, is_tracing
from schemas.events import Envelope
from schemas.quests import QuestGenerated, QuestRequested
from tests.conftest import SettingsFactory
from tests.support.otlp_receiver import (
    CLIENT,
    CONSUMER,
    ERROR,
    PRODUCER,
    SERVER,
    OtlpReceiver,
    otlp_receiver,
    tracing_to,
)
from tests.support.pinged import make_pinged
from tests.support.running_api import running_api
from tests.support.system import System

TRACE = "0af7651916cd43dd8448eb211c80319c"
CLIENT_SPAN = "b7ad6b7169203331"
PERSON = "person-of-the-trace"


@pytest.fixture(scope="module")
async def traced(make_settings: SettingsFactory) -> OtlpReceiver:
    """What arrived from one request for quests, its job included, and from one job that fails."""
    async with otlp_receiver() as receiver:
        async with tracing_to(make_settings(), receiver.endpoint) as settings:
            pinged = make_pinged()
            system = System(
                settings, [quest_generation, pinged], events=[QuestGenerated], chat_model=create_chat_model(settings)
            )
            await system.start()
            subscriptions = [consumer.subscription for consumer in system.consumers]
            async with running_api(settings, subscriptions) as api, system.worker(), system.relay():
                async with api.client(PERSON) as client:
                    answer = await client.post(
                        "/api/v1/quests/request", json={}, headers={"traceparent": f"00-{TRACE}-{CLIENT_SPAN}-01"}
                    )
                assert answer.status_code == 202, answer.text
                event = Envelope.mint(QuestRequested(user_id=PERSON), event_id=UUID(answer.json()["job_id"]))
                await system.job_in(event, "succeeded")
                await system.job_in(await system.ping(PERSON, "INVALID"), "dead")
            await system.stop()
        return receiver


def test_one_trace_crosses_the_edge_kafka_and_the_job(traced: OtlpReceiver) -> None:
    [server] = traced.named("POST /api/v1/quests/request")
    assert (server.trace_id, server.parent_id, server.kind) == (TRACE, CLIENT_SPAN, SERVER)
    assert server.attributes["http.response.status_code"] == 202
    [job] = traced.named("process quest-generation")
    assert (job.trace_id, job.parent_id, job.kind) == (TRACE, server.span_id, CONSUMER)
    assert job.attributes["delight.outcome"] == "completed"
    assert job.attributes["messaging.consumer.group.name"] == "quest-generation"
    producers = [span for span in traced.spans if span.kind == PRODUCER and span.trace_id == TRACE]
    assert any(span.name.endswith("quest.requested publish") for span in producers)
    assert set(job.links) <= {span.span_id for span in producers}
    assert len(job.links) == 1
    assert server.resource["service.name"] == "delight-test"


def test_what_the_job_causes_stays_in_the_trace(traced: OtlpReceiver) -> None:
    published = [span for span in traced.spans if span.name.endswith("quest.generated publish")]
    assert [span.trace_id for span in published] == [TRACE]


def test_the_agents_nodes_and_models_and_statements_are_below_the_job(traced: OtlpReceiver) -> None:
    [job] = traced.named("process quest-generation")
    by_id = {span.span_id: span for span in traced.spans}

    def is_below_the_job(span_id: str) -> bool:
        while span_id in by_id:
            if span_id == job.span_id:
                return True
            span_id = by_id[span_id].parent_id
        return False

    below = [span for span in traced.spans if span is not job and is_below_the_job(span.span_id)]
    chats = [span for span in below if span.name.startswith("chat ")]
    assert chats
    assert all(span.attributes["gen_ai.usage.output_tokens"] > 0 for span in chats)
    assert any(span.attributes.get("db.system.name") == "postgresql" for span in below)
    assert {span.kind for span in chats} == {CLIENT}


def test_each_settlement_is_linked_to_the_jobs_that_it_settles(traced: OtlpReceiver) -> None:
    for group, outcome in (("quest-generation", "completed"), ("test-pinging", "dead")):
        [job] = traced.named(f"process {group}")
        [settlement] = traced.named(f"settle {group}")
        assert (settlement.kind, settlement.links) == (CLIENT, [job.span_id])
        assert job.attributes["delight.outcome"] == outcome
        # It settles jobs of any number of traces, and belongs to none of them.
        assert (settlement.parent_id, settlement.trace_id == job.trace_id) == ("", False)
        assert settlement.attributes["messaging.operation.type"] == "settle"
        assert settlement.attributes["messaging.batch.message_count"] == 1
        statements = [span for span in traced.spans if span.parent_id == settlement.span_id]
        assert any("INSERT INTO jobs" in str(span.attributes.get("db.query.text")) for span in statements)


def test_a_job_that_dies_is_an_error_without_its_message(traced: OtlpReceiver) -> None:
    [job] = traced.named("process test-pinging")
    assert (job.status, job.attributes["delight.outcome"]) == (ERROR, "dead")
    assert job.trace_id != TRACE


def test_nobodys_id_leaves_with_the_spans(traced: OtlpReceiver) -> None:
    assert traced.spans
    assert PERSON.encode() not in traced.raw


def test_without_an_endpoint_nothing_is_traced(settings: Settings) -> None:
    assert not is_tracing()
    assert current_traceparent() is None
    assert _runtime_classes() == (Executor, Settlement)
    assert RequestSpan not in layers(settings)
