from datetime import UTC, datetime, timedelta

import pytest

from infra.database import is_outage
from infra.exceptions import JobRejected, ModelUnavailable
from infra.model_errors import MAX_RETRY_AFTER, MIN_RETRY_AFTER, model_errors, retry_after, translate_model_error

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "20"}, timedelta(seconds=20)),
        ({"retry-after": "1.5"}, timedelta(seconds=1.5)),
        ({"retry-after-ms": "1500"}, timedelta(seconds=1.5)),
        ({"retry-after": "Sun, 01 Mar 2026 12:01:30 GMT"}, timedelta(seconds=90)),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, MIN_RETRY_AFTER),
        ({"retry-after": "0"}, MIN_RETRY_AFTER),
        ({"retry-after": "-5"}, MIN_RETRY_AFTER),
        ({"retry-after": "99999999999999"}, MAX_RETRY_AFTER),
        ({"retry-after-ms": "soon", "retry-after": "6"}, timedelta(seconds=6)),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_every_way_of_naming_a_delay_is_read_and_bounded(headers: dict[str, str], delay: timedelta | None) -> None:
    assert retry_after(headers, now=NOW) == delay


def test_errors_of_ours_and_errors_of_the_program_stay_what_they_are() -> None:
    ours, bug = JobRejected("no"), KeyError("bug")
    assert translate_model_error(ours) is ours
    assert translate_model_error(bug) is bug


def test_a_translated_error_keeps_its_cause() -> None:
    original = ConnectionResetError()
    with pytest.raises(ModelUnavailable) as raised, model_errors():
        raise original
    assert raised.value.__cause__ is original


def test_a_refused_connection_of_a_model_is_no_outage_of_the_infrastructure() -> None:
    assert is_outage(ConnectionRefusedError())
    with pytest.raises(ModelUnavailable) as raised, model_errors():
        raise ConnectionRefusedError
    assert not is_outage(raised.value)


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionRefusedError()])
def test_time_outs_and_lost_connections_are_retried(error: Exception) -> None:
    assert isinstance(translate_model_error(error), ModelUnavailable)


def test_an_account_without_credit_is_no_fault_of_the_job() -> None:
    import anthropic
    import httpx2

    response = httpx2.Response(400, request=httpx2.Request("POST", "http://test"))
    error = anthropic.BadRequestError("Your credit balance is too low", response=response, body=None)
    assert isinstance(translate_model_error(error), ModelUnavailable)
