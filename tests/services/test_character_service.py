from datetime import UTC, datetime, time, timedelta

import pytest

from schemas.characters import Character, CharacterRead
from schemas.goals import ValueCategory
from services import character_service
from services.character_service import (
    CONVERSATION_POINTS,
    GUIDE_POINTS,
    LEVEL_POINTS,
    MAX_LEVEL,
    MISSION_POINTS,
    level_of,
)
from services.characters import PROFILES, Place, character_for
from services.user_service import ensure_user
from tests.support.person import Person

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


async def characters_of(person: Person, now: datetime = NOON) -> dict[Character, CharacterRead]:
    async with person.sessions() as session:
        listed = await character_service.list_characters(session, person.user_id, now=now)
    return {character.character: character for character in listed}


async def talk(person: Person, character: Character, at: datetime, time_zone: str = "UTC") -> None:
    async with person.sessions.begin() as session:
        await ensure_user(session, person.user_id)
        await character_service.on_conversation(session, person.user_id, character, at=at, time_zone=time_zone)


def test_levels_begin_where_their_points_say() -> None:
    assert MAX_LEVEL == 10
    for level, points in enumerate(LEVEL_POINTS):
        assert level_of(points) == level
        assert points == 0 or level_of(points - 1) == level - 1
    assert level_of(10_000) == MAX_LEVEL


def test_every_category_has_somebody() -> None:
    assert {category: character_for(category) for category in ValueCategory} == {
        ValueCategory.GROWTH: Character.ELARA,
        ValueCategory.HEALTH: Character.THORNE,
        ValueCategory.CRAFT: Character.LYRA,
        ValueCategory.CONNECTION: Character.ELIZA,
    }
    assert set(PROFILES) == set(Character)


@pytest.mark.parametrize(
    ("opens", "closes", "is_open"),
    [
        (time(9, 0), time(21, 0), {9: True, 20: True, 21: False, 8: False}),
        (time(20, 0), time(4, 0), {20: True, 23: True, 3: True, 4: False, 12: False}),
        (time(0, 0), time(0, 0), {0: True, 12: True, 23: True}),
    ],
)
def test_places_are_open_by_the_clock(opens: time, closes: time, is_open: dict[int, bool]) -> None:
    place = Place("somewhere", opens, closes)
    assert {hour: place.is_open(time(hour, 0)) for hour in is_open} == is_open


async def test_a_stranger_finds_everybody_at_level_zero(sessions) -> None:
    characters = await characters_of(Person(sessions))
    assert list(characters) == list(Character)
    assert {(c.level, c.points, c.next_level_points, c.last_interaction_at) for c in characters.values()} == {
        (0, 0, LEVEL_POINTS[1], None)
    }


async def test_open_hours_are_those_of_the_persons_clock(sessions) -> None:
    person = Person(sessions)
    await person.lives_in("Asia/Tokyo")
    # 12:00 UTC is 21:00 in Tokyo.
    opened = {name: character.place.is_open for name, character in (await characters_of(person)).items()}
    assert opened == {Character.ELIZA: True, Character.LYRA: False, Character.THORNE: False, Character.ELARA: True}


async def test_one_conversation_a_day_counts_by_the_persons_own_calendar(sessions) -> None:
    person = Person(sessions)
    # Midnight of Berlin is at 22:00 UTC.
    for hours in (0, 1, 9.9, 10.1):
        await talk(person, Character.LYRA, NOON + timedelta(hours=hours), "Europe/Berlin")
    lyra = (await characters_of(person))[Character.LYRA]
    assert lyra.points == 2 * CONVERSATION_POINTS
    assert lyra.last_interaction_at == NOON + timedelta(hours=10.1)


async def test_missions_move_the_guide_and_who_has_their_focus(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOON, category=ValueCategory.CRAFT)
    await person.does_a_mission(at=NOON, category=ValueCategory.CONNECTION)
    points = {name: character.points for name, character in (await characters_of(person)).items()}
    assert points == {
        Character.ELIZA: 2 * GUIDE_POINTS,
        Character.LYRA: MISSION_POINTS,
        Character.THORNE: 0,
        Character.ELARA: 0,
    }


async def test_levels_rise_with_points(sessions) -> None:
    person = Person(sessions)
    for day in range(4):
        await talk(person, Character.ELARA, NOON + timedelta(days=day))
    elara = (await characters_of(person))[Character.ELARA]
    assert (elara.points, elara.level, elara.next_level_points) == (12, 1, 30)


async def test_what_is_told_late_does_not_turn_the_clock_back(sessions) -> None:
    person = Person(sessions)
    await talk(person, Character.ELARA, NOON)
    await talk(person, Character.ELARA, NOON - timedelta(days=2))
    elara = (await characters_of(person))[Character.ELARA]
    assert (elara.points, elara.last_interaction_at) == (CONVERSATION_POINTS, NOON)
