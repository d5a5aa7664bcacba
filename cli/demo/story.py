"""What each person does: write down goals, ask for quests, take one, live it, and tell how it was."""

from collections.abc import Callable
from dataclasses import dataclass

from cli.demo.edge import Accepted, Edge, Update, enter
from cli.demo.people import Person
from infra.settings import Settings
from schemas.missions import MissionRead
from schemas.progress import ProgressRead
from schemas.quests import QuestRead

_QUESTS_ASKED = 3

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one person."""

    person: Person
    quests: tuple[QuestRead, ...]
    model: str
    mission: MissionRead
    earned: int
    progress: ProgressRead
    streak_days: int
    accepted: tuple[Accepted, ...]
    request: Accepted
    generated: Update


async def live(person: Person, settings: Settings, tell: Tell) -> Story:
    """The person's story, from the first goal to the booked mission. Raises `DemoError` when it breaks off."""
    async with enter(person, settings) as edge:
        for goal in person.goals:
            await edge.create("/api/v1/goals", goal.model_dump(mode="json"))
        tell(f"{person.name} wrote down {_goals(person)}")

        request = await edge.ask("/api/v1/quests/request", "quest.requested", {"count": _QUESTS_ASKED})
        generated = await edge.wait_for("quest.generated", request, job_type="quest-generation")
        proposed = await edge.read("/api/v1/quests", status="proposed")
        quests = tuple(QuestRead.model_validate(item) for item in proposed["items"])
        tell(f"{person.name} was offered {len(quests)} quests")

        mission_id = await _take(edge, quests)
        tell(f"{person.name} took “{quests[0].title}” and declined one")

        started = await edge.ask("/api/v1/missions/start", "mission.started", {"mission_id": mission_id})
        await edge.wait_for("mission.briefed", started, job_type="mission-briefing")
        # Two groups handle the start, and the briefing may be the quicker one.
        await edge.wait_for("job.succeeded", started, job_type="mission-lifecycle")
        tell(f"{person.name} started, and was briefed")

        body = {"mission_id": mission_id, "reflection": person.reflection}
        completed = await edge.ask("/api/v1/missions/complete", "mission.completed", body)
        booked = await edge.wait_for("progress.updated", completed, job_type="progress-tracking")
        tell(f"{person.name} completed it and earned {booked.data['essence_earned']} essence")

        return Story(
            person=person,
            quests=quests,
            model=str(generated.data["model"]),
            mission=MissionRead.model_validate(await edge.read(f"/api/v1/missions/{mission_id}")),
            earned=int(booked.data["essence_earned"]),
            progress=ProgressRead.model_validate(await edge.read("/api/v1/progress")),
            streak_days=int(booked.data["streak_days"]),
            accepted=tuple(edge.accepted),
            request=request,
            generated=generated,
        )


async def _take(edge: Edge, quests: tuple[QuestRead, ...]) -> str:
    """Accept the first quest and decline the last; the id of the mission that the first becomes."""
    accepted = await edge.ask("/api/v1/quests/accept", "quest.accepted", {"quest_id": str(quests[0].id)})
    await edge.ask("/api/v1/quests/decline", "quest.declined", {"quest_id": str(quests[-1].id)})
    planned = await edge.wait_for("mission.planned", accepted, job_type="mission-lifecycle")
    return str(planned.data["mission_id"])


def _goals(person: Person) -> str:
    return " and ".join(f"“{goal.title}”" for goal in person.goals)
