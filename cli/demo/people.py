"""Who acts in the demonstration, and what they want."""

import secrets
from dataclasses import dataclass

from schemas.goals import GoalCreate, ValueCategory


@dataclass(frozen=True, slots=True)
class Person:
    """`user_id` is new in every run, so that everybody starts from nothing."""

    name: str
    user_id: str
    goals: tuple[GoalCreate, ...]
    reflection: str


def cast() -> tuple[Person, ...]:
    """The people of one run."""
    run = secrets.token_hex(3)
    return (
        Person(
            name="Ada",
            user_id=f"ada-{run}",
            goals=(
                GoalCreate(
                    title="Run a half marathon in spring",
                    why="I want to keep up with my children",
                    category=ValueCategory.HEALTH,
                ),
                GoalCreate(
                    title="Read one good book a month",
                    why="I miss being lost in a story",
                    category=ValueCategory.GROWTH,
                ),
            ),
            reflection="Harder to begin than to do. I am glad that I did.",
        ),
        Person(
            name="Tomás",
            user_id=f"tomas-{run}",
            goals=(
                GoalCreate(
                    title="Build a cherry-wood bookshelf by hand",
                    why="I want to leave something that lasts",
                    category=ValueCategory.CRAFT,
                ),
            ),
            reflection="It took half the time I had feared, and now I want to go on.",
        ),
        Person(
            name="Mei",
            user_id=f"mei-{run}",
            goals=(
                GoalCreate(
                    title="Be in touch with my old friends again",
                    why="We only ever said that we should",
                    category=ValueCategory.CONNECTION,
                ),
                GoalCreate(
                    title="Walk every day, whatever the weather",
                    why="My back asks for it",
                    category=ValueCategory.HEALTH,
                ),
            ),
            reflection="I had put this off for a year. Now it feels light.",
        ),
    )
