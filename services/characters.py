"""The four characters: focus, place and open hours. How they speak is in `agents/prompts/characters/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

from schemas.characters import Character
from schemas.goals import ValueCategory

MIDNIGHT = time(0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a character is found, and when, on the person's clock. Equal times: always open."""

    name: str
    opens: time
    closes: time

    def is_open(self, clock: time) -> bool:
        """Whether it is open at this time of day; open hours may go through midnight."""
        if self.opens == self.closes:
            return True
        if self.opens < self.closes:
            return self.opens <= clock < self.closes
        return clock >= self.opens or clock < self.closes


@dataclass(frozen=True, slots=True)
class Profile:
    """What everybody may know of a character."""

    name: str
    persona: str
    focus: tuple[ValueCategory, ...]
    place: Place


PROFILES: Mapping[Character, Profile] = MappingProxyType(
    {
        Character.ELIZA: Profile(
            name="Eliza",
            persona="The guide: calm, curious and warm. She listens first and sees the whole of a life.",
            focus=tuple(ValueCategory),
            place=Place("the observatory", MIDNIGHT, MIDNIGHT),
        ),
        Character.LYRA: Profile(
            name="Lyra",
            persona="The maker: playful and precise. She loves beginnings, rough drafts and work done by hand.",
            focus=(ValueCategory.CRAFT,),
            place=Place("the workshop", time(9, 0), time(21, 0)),
        ),
        Character.THORNE: Profile(
            name="Thorne",
            persona="The trainer: steady, dry and kind. He respects the body and never pushes through pain.",
            focus=(ValueCategory.HEALTH,),
            place=Place("the arena", time(6, 0), time(20, 0)),
        ),
        Character.ELARA: Profile(
            name="Elara",
            persona="The gardener of minds: patient and wondering. She asks the question behind the question.",
            focus=(ValueCategory.GROWTH,),
            place=Place("the garden", time(7, 0), time(22, 0)),
        ),
    }
)


def character_for(category: ValueCategory) -> Character:
    """Who cares about `category` most: the one with the narrowest focus that has it."""
    return min((c for c in PROFILES if category in PROFILES[c].focus), key=lambda c: len(PROFILES[c].focus))
