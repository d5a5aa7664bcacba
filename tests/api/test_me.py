"""The person's clock, and progress day by day, through the edge."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support.person import Person

DAY = timedelta(days=1)


async def test_the_clock_has_defaults_and_can_be_set(client: httpx.AsyncClient, user_id: str) -> None:
    me = (await client.get("/api/v1/me")).json()
    assert me == {
        "id": user_id,
        "time_zone": "UTC",
        "quiet_from": "22:00:00",
        "quiet_until": "07:00:00",
        "created_at": None,
    }
    wanted = {"time_zone": "Europe/Berlin", "quiet_from": "21:30:00", "quiet_until": "06:00:00"}
    answer = await client.put("/api/v1/me", json=wanted)
    assert answer.status_code == 200
    me = (await client.get("/api/v1/me")).json()
    assert {name: me[name] for name in wanted} == wanted
    assert me["created_at"] is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "UTC", "quiet_from": "21:30:00+02:00"},
        {"time_zone": "UTC", "budget": 5},
    ],
)
async def test_a_clock_that_is_none_is_refused_and_the_field_named(
    client: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await client.put("/api/v1/me", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
    field = list(body)[-1] if body else "time_zone"
    assert answer.json()["error"]["message"].startswith(f"body.{field}: ")


async def test_progress_day_by_day(client: httpx.AsyncClient, user_id: str, sessions) -> None:
    person = Person(sessions, user_id)
    now = datetime.now(UTC)
    for back in range(3):
        await person.does_a_mission(at=now - back * DAY)
    history = (await client.get("/api/v1/progress/dci", params={"window_days": 7})).json()
    present = (await client.get("/api/v1/progress", params={"window_days": 7})).json()["dci"]
    assert len(history["days"]) == 7
    last = history["days"][-1]
    assert (last["value"], last["zone"], last["breakdown"]) == (present["value"], present["zone"], present["breakdown"])
    first, to = (now - DAY).date(), now.date()
    calendar = (await client.get("/api/v1/progress/calendar", params={"from": str(first), "to": str(to)})).json()
    assert [day["day"] for day in calendar["days"]] == [str(first), str(to)]
    assert calendar["days"][0]["categories"] == {"health": 1}
    page = (await client.get("/api/v1/progress/essence", params={"limit": 2})).json()
    rest = (await client.get("/api/v1/progress/essence", params={"cursor": page["next_cursor"]})).json()
    assert (len(page["items"]), len(rest["items"])) == (2, 1)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("dci", {"window_days": "8"}),
        ("calendar", {"from": "2026-03-02", "to": "2026-03-01"}),
        ("calendar", {"from": "1926-03-02", "to": "2026-03-01"}),
        ("essence", {"cursor": "nonsense"}),
    ],
)
async def test_what_makes_no_sense_is_refused(client: httpx.AsyncClient, path: str, params: dict[str, str]) -> None:
    answer = await client.get(f"/api/v1/progress/{path}", params=params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
