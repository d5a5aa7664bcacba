import asyncio

import pytest

from infra.exceptions import InvalidRequest
from schemas.ids import new_id
from services import user_service


async def test_ensuring_keeps_what_is_known(sessions) -> None:
    user_id = f"person-{new_id()}"
    async with sessions.begin() as session:
        await user_service.set_time_zone(session, user_id, "Europe/Lisbon")
    async with sessions.begin() as session:
        await user_service.ensure_user(session, user_id)
        assert await user_service.read_time_zone(session, user_id) == "Europe/Lisbon"


async def test_an_unseen_person_is_made_once_however_many_ask_at_once(sessions) -> None:
    user_id = f"person-{new_id()}"

    async def lock() -> str:
        async with sessions.begin() as session:
            return (await user_service.lock_user(session, user_id)).id

    assert await asyncio.gather(*(lock() for _ in range(6))) == [user_id] * 6


@pytest.mark.parametrize("time_zone", ["", "Europe/Atlantis", "../etc/passwd", "+02:00"])
async def test_a_time_zone_must_be_an_iana_name(sessions, time_zone: str) -> None:
    async with sessions.begin() as session:
        with pytest.raises(InvalidRequest):
            await user_service.set_time_zone(session, "anybody", time_zone)
