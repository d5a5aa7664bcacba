from itertools import chain

import pytest

from agents.unsafe_wording import find_unsafe
from infra.offline_model.quest_templates import COMPOSED, GENERAL, TOPICS, QuestTemplate
from schemas.goals import ValueCategory
from schemas.quests import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, EnergyLevel
from schemas.titles import alike

TEMPLATES = [*chain.from_iterable(GENERAL.values()), *chain.from_iterable(topic.quests for topic in TOPICS)]
COMPOSED_TEMPLATES = {category: list(chain.from_iterable(groups)) for category, groups in COMPOSED.items()}
EVERYTHING = [*TEMPLATES, *chain.from_iterable(COMPOSED_TEMPLATES.values())]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.title)
def test_a_template_keeps_to_the_rules(template: QuestTemplate) -> None:
    assert find_unsafe(f"{template.title}\n{template.text}") is None
    assert 10 <= len(template.title) <= 60
    assert 60 <= len(template.text) <= 260
    assert list(template.minutes) == sorted(template.minutes)
    assert all(MIN_DURATION_MINUTES <= length <= MAX_DURATION_MINUTES for length in template.minutes)
    assert "{" not in template.text.replace("{goal}", "")


def test_no_two_written_templates_say_the_same() -> None:
    assert [t.title for n, t in enumerate(TEMPLATES) if alike(t.key, (other.key for other in TEMPLATES[:n]))] == []


def test_composed_quests_are_safe_and_each_is_another() -> None:
    composed = list(chain.from_iterable(COMPOSED_TEMPLATES.values()))
    assert not [t.title for t in composed if find_unsafe(f"{t.title}\n{t.text}")]
    for options in COMPOSED_TEMPLATES.values():
        assert not [t.title for n, t in enumerate(options) if alike(t.key, (other.key for other in options[:n]))]


@pytest.mark.parametrize("category", ValueCategory)
def test_every_category_has_enough_for_every_energy_and_for_starters(category: ValueCategory) -> None:
    energies = [template.energy for template in GENERAL[category]]
    assert len(energies) >= 12
    assert {energy for energy in energies if energies.count(energy) >= 3} == set(EnergyLevel)
    # A person without goals, and with ten minutes, must find five.
    starters = [t for t in GENERAL[category] if t.energy is EnergyLevel.LOW and not t.names_goal]
    assert len([t for t in starters if t.minutes[0] == MIN_DURATION_MINUTES]) >= 2


def test_topics_share_no_template() -> None:
    assert len({t.title for t in EVERYTHING}) == len(EVERYTHING)
