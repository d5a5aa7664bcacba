"""The rules for writing first, as a table: what the person did, and who writes for which reason."""

from datetime import date, timedelta
from typing import Any

import pytest

from schemas.characters import Character, InitiationReason
from schemas.goals import ValueCategory
from services.initiation import (
    MAX_UNANSWERED,
    NEGLECT_DAYS,
    SILENCE_DAYS,
    Activity,
    Initiation,
    Run,
    decide_initiation,
)

TODAY = date(2026, 6, 15)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def decide(**fields: Any) -> Initiation | None:
    return decide_initiation(Activity(**({"today": TODAY, "last_active_on": ago(0)} | fields)))


def test_somebody_who_is_around_and_looks_after_all_is_left_alone() -> None:
    assert decide() is None
    assert decide(last_active_on=ago(SILENCE_DAYS - 1), waiting_since={ValueCategory.CRAFT: ago(3)}) is None


@pytest.mark.parametrize(
    ("category", "character"),
    [
        (None, Character.ELIZA),
        (ValueCategory.CRAFT, Character.LYRA),
        (ValueCategory.HEALTH, Character.THORNE),
        (ValueCategory.GROWTH, Character.ELARA),
        (ValueCategory.CONNECTION, Character.ELIZA),
    ],
)
def test_a_milestone_is_celebrated_by_who_cares(category: ValueCategory | None, character: Character) -> None:
    for days_ago in (0, 1):
        initiation = decide(runs=[Run(category, 7, ago(days_ago))])
        assert initiation is not None
        assert (initiation.character, initiation.reason) == (character, InitiationReason.MILESTONE)
        assert (initiation.days, initiation.category) == (7, category)
        assert "7 days in a row" in initiation.why


def test_a_milestone_is_told_once_and_while_it_is_fresh() -> None:
    run = Run(None, 7, ago(1))
    assert decide(runs=[run], milestone_told_on=ago(1)) is None
    assert decide(runs=[run], milestone_told_on=ago(2)) is not None
    assert decide(runs=[Run(None, 7, ago(2))]) is None
    assert decide(runs=[Run(None, 8, ago(0))]) is None


def test_the_longer_streak_comes_first_and_the_overall_one_of_equals() -> None:
    runs = [Run(ValueCategory.CRAFT, 14, ago(0)), Run(None, 14, ago(0)), Run(ValueCategory.HEALTH, 7, ago(0))]
    assert decide(runs=runs) == decide(runs=[runs[1]])
    assert decide(runs=runs[:1] + runs[2:]) == decide(runs=[runs[0]])


def test_a_silence_is_broken_by_who_is_closest() -> None:
    initiation = decide(last_active_on=ago(SILENCE_DAYS), closest=Character.LYRA)
    assert initiation is not None
    assert (initiation.character, initiation.reason, initiation.days) == (
        Character.LYRA,
        InitiationReason.SILENCE,
        SILENCE_DAYS,
    )


def test_unanswered_messages_come_ever_more_rarely_and_end() -> None:
    last_active, openings = TODAY, list[date]()
    for day in range(1, 100):
        today = TODAY + timedelta(days=day)
        activity = Activity(
            today=today,
            last_active_on=last_active,
            unanswered=len(openings),
            last_opening_on=openings[-1] if openings else None,
        )
        if decide_initiation(activity):
            openings.append(today)
    assert [(day - TODAY).days for day in openings] == [3, 9, 21]
    assert len(openings) == MAX_UNANSWERED


def test_what_is_neglected_longest_is_spoken_of_by_its_character() -> None:
    waiting = {
        ValueCategory.HEALTH: ago(NEGLECT_DAYS),
        ValueCategory.CRAFT: ago(NEGLECT_DAYS + 5),
        ValueCategory.GROWTH: ago(1),
    }
    initiation = decide(waiting_since=waiting)
    assert initiation is not None
    assert (initiation.character, initiation.reason) == (Character.LYRA, InitiationReason.NEGLECT)
    assert (initiation.category, initiation.days) == (ValueCategory.CRAFT, NEGLECT_DAYS + 5)


def test_neglect_is_not_spoken_of_again_and_again_nor_to_somebody_silent() -> None:
    waiting = {ValueCategory.HEALTH: ago(30)}
    assert decide(waiting_since=waiting, neglect_told_on=ago(NEGLECT_DAYS - 1)) is None
    assert decide(waiting_since=waiting, neglect_told_on=ago(NEGLECT_DAYS)) is not None
    silent = decide(waiting_since=waiting, last_active_on=ago(SILENCE_DAYS))
    assert silent is not None
    assert silent.reason is InitiationReason.SILENCE
    told = decide(waiting_since=waiting, last_active_on=ago(20), unanswered=MAX_UNANSWERED, last_opening_on=ago(5))
    assert told is None


def test_a_milestone_comes_before_everything_else() -> None:
    initiation = decide(
        runs=[Run(None, 30, ago(0))], last_active_on=ago(5), waiting_since={ValueCategory.HEALTH: ago(30)}
    )
    assert initiation is not None
    assert initiation.reason is InitiationReason.MILESTONE
