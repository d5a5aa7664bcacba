"""The lines that every request leaves say what ordinary lines say."""

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from infra.line_facts import line_facts
from infra.line_log import LineLog


class Request:
    def facts(self) -> dict[str, Any]:
        return {"request_id": "r-1"}


async def test_a_line_has_its_facts_and_those_of_its_context(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LineLog, "process", "api")
    log = LineLog("api.access")
    token = line_facts.set(Request())
    log.info("http.request", status=202)
    log.info("http.request", status=404)
    line_facts.reset(token)
    await asyncio.sleep(0)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["status"] for line in lines] == [202, 404]
    assert lines[0].pop("timestamp").endswith("Z")
    assert lines[0] == {
        "status": 202,
        "event": "http.request",
        "request_id": "r-1",
        "logger": "api.access",
        "level": "info",
        "process": "api",
    }


async def test_where_logs_are_not_json_it_goes_the_ordinary_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LineLog, "process", None)
    with capture_logs() as logs:
        LineLog("api.access").info("http.request", status=202)
    assert logs == [{"event": "http.request", "status": 202, "log_level": "info"}]
