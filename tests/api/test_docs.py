"""The documents: OpenAPI and AsyncAPI, complete, and pages that need no other host."""

import re

import httpx
import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from infra.settings import Settings
from schemas.catalogue import EVENT_TYPES
from tests.support.running_api import SUBSCRIPTIONS


async def test_the_asyncapi_document_fits_its_standard(client: httpx.AsyncClient) -> None:
    document = (await client.get("/asyncapi.json")).json()
    assert ApplicationSchema.model_validate(document).asyncapi == "3.0.0"


async def test_every_event_type_is_a_channel(client: httpx.AsyncClient) -> None:
    document = (await client.get("/asyncapi.json")).json()
    assert set(document["channels"]) == {event.type for event in EVENT_TYPES}
    for event in EVENT_TYPES:
        message = document["components"]["messages"][event.__name__]
        assert message["payload"] == {"$ref": f"#/components/schemas/{event.__name__}"}
        properties = document["components"]["schemas"][event.__name__]["properties"]
        assert set(properties) == set(event.model_fields)


async def test_every_subscription_is_an_operation(client: httpx.AsyncClient) -> None:
    operations = (await client.get("/asyncapi.json")).json()["operations"]
    for subscription in SUBSCRIPTIONS:
        for event in subscription.events:
            operation = operations[f"{subscription.group}-{event.type}"]
            assert operation["action"] == "receive"
            assert operation["channel"] == {"$ref": f"#/channels/{event.type}"}


async def test_every_reference_leads_somewhere(client: httpx.AsyncClient) -> None:
    for path in ("/asyncapi.json", "/openapi.json"):
        response = await client.get(path)
        document = response.json()
        references = set(re.findall(r'"\$ref": ?"#/([^"]+)"', response.text))
        assert references
        for reference in references:
            target = document
            for step in reference.split("/"):
                target = target[step]


@pytest.mark.parametrize("path", ["/docs", "/asyncapi"])
async def test_a_page_needs_no_other_host(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "http://" not in page.text
    assert "https://" not in page.text
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert (await client.get(asset)).status_code == 200, asset


async def test_the_asyncapi_page_tells_every_event_and_who_handles_it(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    page = (await client.get("/asyncapi")).text
    for event in EVENT_TYPES:
        assert f'id="{event.type}"' in page
    for subscription in SUBSCRIPTIONS:
        assert f"<code>{settings.kafka_topic_prefix}{subscription.group}</code>" in page


async def test_operations_have_stable_names_summaries_and_errors(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operations = {
        operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()
    }
    assert {"create_goal", "request_quests", "start_mission", "get_job", "read_stream", "publish_events"} <= set(
        operations
    )
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["tags"], name
        for status, response in operation["responses"].items():
            if int(status) >= 400 and name != "readyz":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorEnvelope"}, (name, status)


async def test_metrics_are_prometheus_text(client: httpx.AsyncClient) -> None:
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert "python_info" in response.text
