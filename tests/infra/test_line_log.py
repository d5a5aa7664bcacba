"""The lines that every request leaves say what ordinary lines say."""

import asyncio
import json

import pytest
import structlog
from structlog.testing import capture_logs

from infra.line_log import LineLog


async def test_a_line_has_its_facts_and_those_of_its_context(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LineLog, "process", "api")
    log = LineLog("api.access")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        log.info("http.request", status=202)
        log.info("http.request", status=404)
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
