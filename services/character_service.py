"""Characters and persons: how far they have come with each other, moved by conversations and missions.

Points only grow. The first answered message of a person's day earns CONVERSATION_POINTS with its character, however
many follow; a completed mission earns MISSION_POINTS with each character whose focus is its category alone, and
GUIDE_POINTS with the guide, who cares about all of them.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.character_relationship import CharacterRelationshipModel
from schemas.characters import Character, CharacterRead, PlaceRead
from schemas.events import UserId
from schemas.goals import ValueCategory
from services.characters import PROFILES
from services.local_time import local_day, local_time
from services.user_service import read_time_zone

CONVERSATION_POINTS = 3
MISSION_POINTS = 5
GUIDE_POINTS = 2

LEVEL_POINTS = (0, 10, 30, 60, 100, 150, 210, 280, 360, 450, 550)
"""The points at which the levels 0 to 10 begin: each takes a little longer than the one before."""

MAX_LEVEL = len(LEVEL_POINTS) - 1


def level_of(points: int) -> int:
    """The level that `points` amount to, 0 to MAX_LEVEL."""
    return max(level for level, needed in enumerate(LEVEL_POINTS) if points >= needed)


async def list_characters(session: AsyncSession, user_id: UserId, *, now: datetime) -> list[CharacterRead]:
    """All characters as they stand with the person at `now`."""
    clock = local_time(now, await read_time_zone(session, user_id)).time()
    known = await _relationships(session, user_id)
    characters = []
    for character, profile in PROFILES.items():
        row = known.get(character)
        points = row.points if row else 0
        level = level_of(points)
        characters.append(
            CharacterRead(
                character=character,
                name=profile.name,
                persona=profile.persona,
                focus=list(profile.focus),
                place=PlaceRead(
                    name=profile.place.name,
                    opens=profile.place.opens,
                    closes=profile.place.closes,
                    is_open=profile.place.is_open(clock),
                ),
                level=level,
                points=points,
                next_level_points=LEVEL_POINTS[level + 1] if level < MAX_LEVEL else None,
                last_interaction_at=row.last_interaction_at if row else None,
            )
        )
    return characters


async def on_conversation(
    session: AsyncSession, user_id: UserId, character: Character, *, at: datetime, time_zone: str
) -> None:
    """A message of the person was answered. The caller holds the person's lock."""
    row = _met(session, await _relationships(session, user_id), user_id, character, at)
    day = local_day(at, time_zone)
    if row.talked_on is None or row.talked_on < day:
        row.points += CONVERSATION_POINTS
        row.talked_on = day


async def on_mission_completed(
    session: AsyncSession, user_id: UserId, category: ValueCategory, *, at: datetime
) -> None:
    """A mission of `category` was completed. The caller holds the person's lock."""
    known = await _relationships(session, user_id)
    for character, profile in PROFILES.items():
        if category in profile.focus:
            row = _met(session, known, user_id, character, at)
            row.points += MISSION_POINTS if profile.focus == (category,) else GUIDE_POINTS


async def _relationships(session: AsyncSession, user_id: UserId) -> Mapping[Character, CharacterRelationshipModel]:
    rows = await session.scalars(
        select(CharacterRelationshipModel).where(CharacterRelationshipModel.user_id == user_id)
    )
    return {row.character: row for row in rows}


def _met(
    session: AsyncSession,
    known: Mapping[Character, CharacterRelationshipModel],
    user_id: UserId,
    character: Character,
    at: datetime,
) -> CharacterRelationshipModel:
    """The relationship, begun when it is missing, after an interaction `at`."""
    row = known.get(character)
    if row is None:
        row = CharacterRelationshipModel(user_id=user_id, character=character, points=0, last_interaction_at=at)
        session.add(row)
    row.last_interaction_at = max(row.last_interaction_at, at)
    return row
