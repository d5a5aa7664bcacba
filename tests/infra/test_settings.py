from datetime import timedelta

import pytest

from infra.exceptions import ConfigurationError
from infra.settings import load_settings


@pytest.mark.parametrize(
    ("text", "duration"),
    [("300", timedelta(minutes=5)), ("2.5", timedelta(seconds=2.5)), ("PT2.5S", timedelta(seconds=2.5))],
)
def test_durations_are_seconds_or_iso_8601(monkeypatch: pytest.MonkeyPatch, text: str, duration: timedelta) -> None:
    monkeypatch.setenv("DELIGHT_CHAT_MODEL_TIMEOUT", text)
    assert load_settings().chat_model_timeout == duration


def test_a_duration_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELIGHT_CHAT_MODEL_TIMEOUT", "soon")
    with pytest.raises(ConfigurationError, match="DELIGHT_CHAT_MODEL_TIMEOUT"):
        load_settings()


@pytest.mark.parametrize("limit", ["often", "0/minute", "10/fortnight", "10 per minute", "600/min", ""])
def test_a_limit_of_requests_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("DELIGHT_RATE_LIMIT", limit)
    with pytest.raises(ConfigurationError, match="DELIGHT_RATE_LIMIT: must read like 600/minute"):
        load_settings()
