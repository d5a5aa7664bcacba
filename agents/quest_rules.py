"""The product's rules for proposed quests, checked on every answer of every model, however it came about.

A rule about one quest makes that quest unfit; a rule about the whole list (their number, their balance) is a reason
to revise it, but no reason to withhold a quest that is fine by itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError
from pydantic.config import JsonDict

from agents.unsafe_wording import find_unsafe
from schemas.goals import ValueCategory
from schemas.quests import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, EnergyLevel, QuestDraft, QuestRequested
from schemas.titles import TitleKey, alike, title_key
from services.quest_service import GoalContext, QuestContext

_ENERGIES = tuple(EnergyLevel)


def _length(shortest: int, longest: int) -> JsonDict:
    return {"minLength": shortest, "maxLength": longest}


# Models read these two as the schema of their answer, docstrings included. Its bounds steer the models that are made to
# keep to it and refuse nothing: a breach is a finding that can be named and mended, and not every provider knows bounds.
class ProposedQuest(BaseModel):
    """One small thing that the person does in real life."""

    title: str = Field(description="Three to eight words, concrete, an invitation.", json_schema_extra=_length(3, 60))
    description: str = Field(
        description="Two or three sentences: what to do, and when it is done.", json_schema_extra=_length(20, 400)
    )
    duration_minutes: int = Field(
        description="10 to 60.", json_schema_extra={"minimum": MIN_DURATION_MINUTES, "maximum": MAX_DURATION_MINUTES}
    )
    energy_level: EnergyLevel
    category: ValueCategory
    goal: str | None = Field(description="The ref of the goal that it serves, null when there are no goals.")
    rationale: str = Field(
        description="One sentence to the person: why this quest.", json_schema_extra=_length(10, 200)
    )


class ProposedQuests(BaseModel):
    """The quests proposed to the person."""

    quests: list[ProposedQuest]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The quests that may be proposed, and what a revision has to mend."""

    quests: tuple[QuestDraft, ...]
    findings: tuple[str, ...]


def goal_refs(goals: Sequence[GoalContext]) -> Mapping[str, GoalContext]:
    """The goals by the short names that prompts use: a model can neither mistype them much nor reach another's goal."""
    return {f"g{number}": goal for number, goal in enumerate(goals, start=1)}


def check_quests(proposed: Sequence[ProposedQuest], asked: QuestRequested, known: QuestContext) -> Verdict:
    """Which of the `proposed` quests may go to the person who `asked`, and what is wrong with the rest or the list."""
    goals = goal_refs(known.goals)
    taken = [title_key(title) for title in (*known.open_missions, *known.proposed, *known.declined)]
    quests: list[QuestDraft] = []
    findings: list[str] = []
    for number, quest in enumerate(proposed, start=1):
        breaches = list(_breaches(quest, asked, goals, taken))
        draft = None if breaches else _draft(quest, goals, breaches)
        findings.extend(f"quest {number}, {quest.title[:120]!r}: {breach}" for breach in breaches)
        if draft is not None:
            quests.append(draft)
            taken.append(title_key(draft.title))
    if len(proposed) != asked.count:
        findings.append(f"{asked.count} quests were asked for, not {len(proposed)}")
    findings.extend(_imbalances(proposed, max(asked.count, len(proposed)), known.goals))
    return Verdict(tuple(quests[: asked.count]), tuple(findings))


def _breaches(
    quest: ProposedQuest, asked: QuestRequested, goals: Mapping[str, GoalContext], taken: Sequence[TitleKey]
) -> Iterator[str]:
    if asked.minutes_available is not None and quest.duration_minutes > asked.minutes_available:
        yield f"takes {quest.duration_minutes} minutes, but the person has {asked.minutes_available}"
    if asked.energy_level is not None and _ENERGIES.index(quest.energy_level) > _ENERGIES.index(asked.energy_level):
        yield f"asks for {quest.energy_level} energy, but the person has {asked.energy_level}"
    goal = goals.get(quest.goal) if quest.goal is not None else None
    if goals and goal is None:
        yield f"goal is {quest.goal!r}, which is none of the refs {', '.join(goals)}"
    elif quest.goal is not None and goal is None:
        yield f"goal is {quest.goal!r}, but there are no goals"
    elif goal is not None and goal.category is not quest.category:
        yield f"category is {quest.category}, but its goal's is {goal.category}"
    if alike(title_key(quest.title), taken):
        yield "repeats a quest of this list, or one that is open, proposed or declined already"
    if unsafe := find_unsafe(f"{quest.title}\n{quest.description}\n{quest.rationale}"):
        yield f"has wording that is {unsafe}"


def _draft(quest: ProposedQuest, goals: Mapping[str, GoalContext], breaches: list[str]) -> QuestDraft | None:
    """The quest in the platform's terms; what those do not allow is added to `breaches`."""
    goal_id: UUID | None = goals[quest.goal].id if quest.goal is not None else None
    try:
        return QuestDraft(**quest.model_dump(exclude={"goal"}), goal_id=goal_id)
    except ValidationError as error:
        breaches.extend(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        return None


def _imbalances(proposed: Sequence[ProposedQuest], count: int, goals: Sequence[GoalContext]) -> Iterator[str]:
    """Each category's fair share of `count` is rounded up; without goals, all categories share."""
    categories = {goal.category for goal in goals} or set(ValueCategory)
    share = -(-count // len(categories))
    for category, number in Counter(quest.category for quest in proposed).items():
        if category in categories and number > share:
            wanted = ", ".join(sorted(categories))
            yield f"{number} quests are {category}, at most {share} should be; spread them over {wanted}"
