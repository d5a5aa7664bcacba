from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, text, update

from infra.exceptions import PersonForgotten
from models.base import Base
from models.character_relationship import CharacterRelationshipModel
from models.companion_message import CompanionMessageModel
from models.dead_letter_retry import DeadLetterRetryModel
from models.deleted_user import DeletedUserModel
from models.job import JobModel
from models.job_attempt import JobAttemptModel
from models.memory import MemoryModel
from models.nudge import NudgeModel
from models.nudge_preferences import NudgePreferencesModel
from models.operator_action import OperatorActionModel
from models.outbox_event import OutboxEventModel
from models.registry import METADATA
from models.token_spend import TokenSpendModel
from models.user import UserModel
from schemas.characters import Character
from schemas.companion import Author, MessageStatus
from schemas.goals import GoalCreate, ValueCategory
from schemas.ids import new_id
from schemas.memories import MemoryTier
from schemas.persons import PersonDeleted, PersonDeletionRequested
from services import goal_service, person_deletion, user_service
from services.budget_service import SET_ACTION
from services.data_export import export_person
from services.personal_data import PERSONAL_TABLES
from services.user_service import FORGOTTEN_FOR
from tests.support.person import Person, draft, happened

NOW = datetime.now(UTC)
SECRET = "whsec-0123456789abcdef"


def job_of(person: Person, status: str, **changes: Any) -> JobModel:
    fields: dict[str, Any] = {
        "event_id": new_id(),
        "job_type": "quest-generation",
        "status": status,
        "delivery": 1,
        "attempt": 1,
        "life": 1,
        "user_id": person.user_id,
        "event_type": "quest.requested",
        "request_id": "request-1",
        "accepted_at": NOW,
        "started_at": NOW,
        "finished_at": NOW,
    }
    return JobModel(**(fields | changes))


async def leaves_traces_everywhere(person: Person) -> dict[str, JobModel]:
    """A row of the person in every table; returns their jobs by status."""
    async with person.sessions.begin() as session:
        goal = GoalCreate(title="Draw", why="It calms me.", category=ValueCategory.CRAFT)
        await goal_service.create_goal(session, person.user_id, goal)
    await person.does_a_mission(at=NOW, reflection="It was quiet.")
    await person.abandons((await person.plans(draft()))[0])
    jobs = {
        "succeeded": job_of(
            person, "succeeded", effects=[{"id": str(new_id()), "type": "quest.generated", "data": {}}]
        ),
        "dead": job_of(
            person, "dead", record_key=person.user_id.encode(), record_value=b'{"a": 1}', error_message="Oh"
        ),
        "retrying": job_of(person, "retrying", record_value=b'{"a": 1}', record_headers=[["ce_id", "x"]]),
    }
    async with person.sessions.begin() as session:
        session.add_all(jobs.values())
        await session.flush()
        session.add_all(
            [
                JobAttemptModel(
                    event_id=jobs["dead"].event_id,
                    job_type="quest-generation",
                    delivery=1,
                    life=1,
                    attempt=1,
                    outcome="dead",
                    started_at=NOW,
                    finished_at=NOW,
                    error_message="Oh",
                ),
                CompanionMessageModel(
                    id=new_id(),
                    user_id=person.user_id,
                    character=Character.ELIZA,
                    author=Author.PERSON,
                    text="Hello",
                    status=next(iter(MessageStatus)),
                ),
                MemoryModel(
                    user_id=person.user_id,
                    tier=MemoryTier.PERSONAL,
                    text="Likes tea",
                    importance=0.5,
                    embedding=[0.1, 0.2],
                ),
                NudgePreferencesModel(
                    user_id=person.user_id, opted_in=True, channels=["sse"], max_per_day=1, webhook_secret=SECRET
                ),
                NudgeModel(
                    user_id=person.user_id,
                    day=NOW.date(),
                    text="A small step.",
                    model="offline",
                    scheduled_for=NOW,
                    expires_at=NOW,
                    source_event_id=new_id(),
                ),
                TokenSpendModel(
                    user_id=person.user_id, day=NOW.date(), model="m", tokens_in=1, tokens_out=1, cost=Decimal("0.5")
                ),
                OperatorActionModel(operator="op", action=SET_ACTION, target=person.user_id, details={}),
                DeadLetterRetryModel(
                    operator="op", state="done", filter={"user_id": person.user_id}, rate=1, canary=0, planned=0
                ),
            ]
        )
        await session.execute(
            text("""
                INSERT INTO agent_state.checkpoints (thread_id, checkpoint_id, checkpoint, metadata)
                VALUES (:thread, '1', '{}', jsonb_build_object('user_id', CAST(:user_id AS text)))
            """),
            {"thread": f"{new_id()}:quest-generation", "user_id": person.user_id},
        )
    return jobs


async def rows_of(person: Person) -> dict[str, int]:
    async with person.sessions() as session:
        return {
            table.name: await session.scalar(
                select(func.count()).select_from(table.model).where(table.of(person.user_id))
            )
            or 0
            for table in PERSONAL_TABLES
        }


async def is_deleted(person: Person, data: PersonDeletionRequested | PersonDeleted | None = None) -> Any:
    async with person.sessions.begin() as session:
        event = happened(data or PersonDeletionRequested(user_id=person.user_id))
        return await person_deletion.save_deletion(session, event, None)


async def exported(person: Person) -> Any:
    return orjson.loads(b"".join([piece async for piece in export_person(person.sessions, person.user_id)]))


def test_every_table_that_says_whose_a_row_is_is_covered() -> None:
    refers = {
        table.name
        for table in METADATA.tables.values()
        if "user_id" in table.columns or any(key.column.table.name == "users" for key in table.foreign_keys)
    }
    assert {table.name for table in PERSONAL_TABLES} == refers | {"users"}
    for table in PERSONAL_TABLES:
        assert table.withheld <= set(table.model.__table__.columns.keys())


def test_tables_are_deleted_after_those_that_refer_to_them() -> None:
    order = [table.name for table in PERSONAL_TABLES]
    for table in PERSONAL_TABLES:
        for key in table.model.__table__.foreign_keys:
            referred = key.column.table.name
            if referred in order and referred != table.name:
                assert order.index(referred) < order.index(table.name)


async def test_the_export_has_every_row_and_no_secret(sessions) -> None:
    person, other = Person(sessions), Person(sessions)
    await leaves_traces_everywhere(person)
    await leaves_traces_everywhere(other)
    document = await exported(person)
    assert document["user_id"] == person.user_id
    counts = await rows_of(person)
    assert min(counts.values()) > 0
    assert {name: len(document["tables"][name]) for name in counts} == counts
    assert len(document["tables"]["job_attempts"]) == 1
    assert document["tables"]["goals"][0]["why"] == "It calms me."
    assert document["tables"]["token_spend"][0]["cost"] == "0.50000000"
    whole = orjson.dumps(document).decode()
    assert other.user_id not in whole
    assert SECRET not in whole


async def test_an_export_of_nobody_is_empty(sessions) -> None:
    document = await exported(Person(sessions))
    assert set(document["tables"]) == {table.name for table in PERSONAL_TABLES} | {"job_attempts"}
    assert not any(document["tables"].values())


async def test_nothing_is_left_of_the_person_and_all_of_the_others(sessions) -> None:
    leaving, staying = Person(sessions), Person(sessions)
    jobs = await leaves_traces_everywhere(leaving)
    await leaves_traces_everywhere(staying)
    before = await rows_of(staying)
    (deleted,) = await is_deleted(leaving)
    assert isinstance(deleted, PersonDeleted)
    assert set((await rows_of(leaving)).values()) == {0}
    assert await rows_of(staying) == before
    async with sessions() as session:
        for table in Base.metadata.tables.values():
            if table.name == "outbox_events":
                continue
            dump = await session.execute(text(f"SELECT row_to_json(t)::text FROM {table.name} AS t"))
            assert not [row for (row,) in dump if leaving.user_id in row], table.name
        left = await session.scalar(
            text("SELECT count(*) FROM agent_state.checkpoints WHERE user_id = :id"), {"id": leaving.user_id}
        )
        assert left == 0
        owed = (
            await session.scalars(select(OutboxEventModel).where(OutboxEventModel.key == leaving.user_id.encode()))
        ).all()
        assert {row.topic for row in owed} == {PersonDeleted.type}
        for status, job in jobs.items():
            row = await session.get(JobModel, (job.event_id, job.job_type))
            assert row is not None
            assert row.user_id.startswith("deleted-")
            assert (row.record_value, row.record_headers, row.effects, row.error_message) == (None,) * 4
            # What could run again is over, also for a delivery that is under way.
            expected = ("succeeded", 1) if status == "succeeded" else ("cancelled", 2)
            assert (row.status, row.delivery) == expected


async def test_deleting_twice_is_deleting(sessions) -> None:
    person = Person(sessions)
    await leaves_traces_everywhere(person)
    await is_deleted(person)
    await is_deleted(person)
    assert await is_deleted(person, PersonDeleted(user_id=person.user_id)) == []
    assert set((await rows_of(person)).values()) == {0}


async def test_a_later_pass_finds_what_came_late(sessions) -> None:
    person = Person(sessions)
    await is_deleted(person)
    late = job_of(person, "dead", record_value=b"{}")
    async with sessions.begin() as session:
        session.add(late)
    await is_deleted(person, PersonDeleted(user_id=person.user_id))
    async with sessions() as session:
        row = await session.get(JobModel, (late.event_id, late.job_type))
    assert row is not None
    assert (row.status, row.record_value) == ("cancelled", None)
    assert row.user_id != person.user_id


async def test_nothing_brings_a_deleted_person_back(sessions) -> None:
    person = Person(sessions)
    await is_deleted(person)
    with pytest.raises(PersonForgotten):
        await person.is_offered()
    with pytest.raises(PersonForgotten):
        await person.lives_in("Europe/Berlin")
    async with sessions() as session:
        assert await session.get(UserModel, person.user_id) is None


async def test_the_same_subject_may_begin_anew_later(sessions) -> None:
    person = Person(sessions)
    await is_deleted(person)
    async with sessions.begin() as session:
        mine = DeletedUserModel.subject_hash == user_service.subject_hash(person.user_id)
        await session.execute(
            update(DeletedUserModel).where(mine).values(deleted_at=func.now() - FORGOTTEN_FOR - timedelta(seconds=1))
        )
    await person.plans()
    # A pass that is very late does not mean the new one.
    await is_deleted(person, PersonDeleted(user_id=person.user_id))
    assert (await rows_of(person))["missions"] == 1


async def test_the_characters_of_a_person_go_too(sessions) -> None:
    person = Person(sessions)
    await person.does_a_mission(at=NOW)
    await is_deleted(person)
    async with sessions() as session:
        owners = set(await session.scalars(select(CharacterRelationshipModel.user_id)))
    assert person.user_id not in owners
