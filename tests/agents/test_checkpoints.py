"""What an agent has paid for is not paid again, however the job stopped."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from langchain_core.outputs import ChatResult
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from pydantic import SecretStr
from sqlalchemy import text

from agents.context import AgentContext
from agents.quest_agent import generate_quests
from agents.quest_rules import ProposedQuests
from infra.checkpoints import Checkpoints
from infra.database import is_outage
from infra.exceptions import ModelUnavailable
from infra.prompt_data import read_data_block
from infra.settings import Settings
from schemas.events import Envelope
from schemas.goals import GoalCreate, ValueCategory
from schemas.ids import new_id
from schemas.quests import EnergyLevel, QuestRequested
from services import goal_service
from services.checkpoint_service import remove_checkpoints, remove_checkpoints_of, sweep_checkpoints, thread_id
from tests.support.command import REPOSITORY, environment
from tests.support.person import Person
from tests.support.proposals import FLAWED, GOOD
from tests.support.scripted_model import TOKENS_IN, ScriptedModel

JOB = "quest-generation"
TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


@pytest.fixture
async def checkpoints(settings: Settings) -> AsyncIterator[Checkpoints]:
    opened = Checkpoints(settings)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def person(sessions: Any) -> Person:
    person = Person(sessions)
    async with sessions.begin() as session:
        await goal_service.create_goal(
            session, person.user_id, GoalCreate(title="Run farther", category=ValueCategory.HEALTH)
        )
    return person


@pytest.fixture
def event(person: Person) -> Envelope[QuestRequested]:
    return Envelope.mint(QuestRequested(user_id=person.user_id, energy_level=EnergyLevel.LOW))


@pytest.fixture
def context(person: Person, checkpoints: Checkpoints) -> AgentContext:
    model = ScriptedModel.saying()
    return AgentContext(person.sessions, model, job_type=JOB, attempt=1, request_id=None, checkpoints=checkpoints)


def again(context: AgentContext, *answers: Any, delivery: int = 2) -> AgentContext:
    """The surroundings of another run of the job."""
    usage = type(context.usage)()
    return replace(context, chat_model=ScriptedModel.saying(*answers), attempt=delivery, delivery=delivery, usage=usage)


async def rows(sessions: Any, event_id: UUID) -> list[int]:
    """How many rows each table has of the event's thread."""
    async with sessions() as session:
        return [
            await session.scalar(
                text(f"SELECT count(*) FROM agent_state.{table} WHERE thread_id = :thread"),
                {"thread": thread_id(event_id, JOB)},
            )
            for table in TABLES
        ]


def prompt_data(model: Any, call: int = 0) -> dict[str, Any]:
    found = read_data_block(model.prompts[call][-1].text)
    assert found is not None
    return found[1]


async def test_a_retry_goes_on_at_the_step_that_failed(event: Any, context: AgentContext) -> None:
    first = again(context, FLAWED, ConnectionResetError(), delivery=1)
    with pytest.raises(ModelUnavailable):
        await generate_quests(event, first)
    second = again(context, GOOD)
    result = await generate_quests(event, second)
    assert [quest.title for quest in result.quests] == [quest.title for quest in GOOD.quests]
    assert (first.chat_model.calls, second.chat_model.calls) == (2, 1)
    # The revision is asked for exactly as if nothing had happened in between.
    assert prompt_data(second.chat_model) == prompt_data(first.chat_model, call=1)
    assert second.usage.usage_metadata["scripted"]["input_tokens"] == TOKENS_IN


async def test_a_killed_process_leaves_what_it_had_paid_for(
    event: Any, context: AgentContext, settings: Settings
) -> None:
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.killed_agent", settings.database_url, event.user_id, str(event.id)),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
        env=environment(),
    )
    _, said = await asyncio.wait_for(killed.communicate(FLAWED.model_dump_json().encode()), 60)
    assert killed.returncode == -signal.SIGKILL, said.decode()
    # The record comes again: it is the same delivery.
    resumed = again(context, GOOD, delivery=1)
    result = await generate_quests(event, resumed)
    assert len(result.quests) == 3
    assert resumed.chat_model.calls == 1
    assert "previous_quests" in prompt_data(resumed.chat_model)


async def test_a_finished_run_is_not_repeated_for_the_same_delivery(event: Any, context: AgentContext) -> None:
    done = await generate_quests(event, again(context, FLAWED, GOOD, delivery=1))
    redelivered = again(context, delivery=1)
    assert await generate_quests(event, redelivered) == done
    assert redelivered.chat_model.calls == 0


async def test_what_was_refused_in_the_end_is_thought_anew(event: Any, context: AgentContext) -> None:
    with pytest.raises(ModelUnavailable, match="Only 2 of"):
        await generate_quests(event, again(context, FLAWED, FLAWED, FLAWED, delivery=1))
    retried = again(context, GOOD)
    assert len((await generate_quests(event, retried)).quests) == 3
    assert "previous_quests" not in prompt_data(retried.chat_model)


async def test_without_checkpoints_nothing_is_saved(event: Any, context: AgentContext, sessions: Any) -> None:
    await generate_quests(event, replace(again(context, FLAWED, GOOD), checkpoints=None))
    assert await rows(sessions, event.id) == [0, 0, 0]


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE agent_state.checkpoints SET metadata = metadata::jsonb || '{"graph": "another"}' WHERE thread_id = :thread""",
        """UPDATE agent_state.checkpoint_blobs SET blob = '{"goals": 7}' WHERE thread_id = :thread AND channel = 'known'""",
    ],
    ids=["steps", "state"],
)
async def test_what_another_version_saved_is_left_alone(
    event: Any, context: AgentContext, sessions: Any, change: str
) -> None:
    with pytest.raises(ModelUnavailable):
        await generate_quests(event, again(context, FLAWED, ConnectionResetError(), delivery=1))
    async with sessions.begin() as session:
        await session.execute(text(change), {"thread": thread_id(event.id, JOB)})
    started = again(context, GOOD)
    assert len((await generate_quests(event, started)).quests) == 3
    assert "previous_quests" not in prompt_data(started.chat_model)


class _LosingModel(ScriptedModel):
    """Cuts every connection of checkpoints while it answers."""

    database_url: SecretStr

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        answered = super()._generate(*args, **kwargs)
        with psycopg.connect(self.database_url.get_secret_value(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE '%checkpoint%' AND pid <> pg_backend_pid()"
            )
        return answered


async def test_postgres_lost_while_a_step_is_saved_is_an_outage_and_no_failure(
    event: Any, context: AgentContext, settings: Settings
) -> None:
    losing = _LosingModel(answers=[FLAWED, GOOD], database_url=SecretStr(settings.database_url))
    with pytest.raises(psycopg.Error) as caught:
        await generate_quests(event, replace(context, chat_model=losing))
    assert is_outage(caught.value)
    resumed = again(context, GOOD, delivery=1)
    assert len((await generate_quests(event, resumed)).quests) == 3
    assert losing.calls + resumed.chat_model.calls == 2


async def test_postgres_out_of_reach_is_an_outage(event: Any, context: AgentContext, settings: Settings) -> None:
    nowhere = Checkpoints(
        settings.model_copy(
            update={"database_url": "postgresql://delight@127.0.0.1:1/none", "database_timeout": timedelta(seconds=0.3)}
        )
    )
    await nowhere.open()
    try:
        with pytest.raises(psycopg.OperationalError) as caught:
            await generate_quests(event, replace(context, checkpoints=nowhere))
    finally:
        await nowhere.close()
    assert is_outage(caught.value)


async def test_removal_takes_the_threads_named_and_no_others(event: Any, context: AgentContext, sessions: Any) -> None:
    other = replace(event, id=new_id())
    for one in (event, other):
        await generate_quests(one, again(context, GOOD))
    assert min(await rows(sessions, event.id)) > 0
    async with sessions.begin() as session:
        await remove_checkpoints(session, [thread_id(event.id, JOB)])
    assert await rows(sessions, event.id) == [0, 0, 0]
    assert min(await rows(sessions, other.id)) > 0


async def test_a_person_s_checkpoints_can_be_removed(event: Any, context: AgentContext, sessions: Any) -> None:
    stranger = Person(sessions)
    theirs = replace(event, id=new_id(), data=QuestRequested(user_id=stranger.user_id))
    # Without goals, a quest has none either.
    free = ProposedQuests(quests=[quest.model_copy(update={"goal": None}) for quest in GOOD.quests])
    await generate_quests(event, again(context, GOOD))
    await generate_quests(theirs, again(context, free, free, free))
    async with sessions.begin() as session:
        await remove_checkpoints_of(session, event.user_id)
    assert await rows(sessions, event.id) == [0, 0, 0]
    assert min(await rows(sessions, theirs.id)) > 0


async def test_the_sweep_takes_old_threads_as_a_whole(event: Any, context: AgentContext, sessions: Any) -> None:
    aged, halfway = replace(event, id=new_id()), replace(event, id=new_id())
    for one in (event, aged, halfway):
        await generate_quests(one, again(context, GOOD))
    async with sessions.begin() as session:
        for table in TABLES:
            await session.execute(
                text(
                    f"UPDATE agent_state.{table} SET created_at = now() - interval '8 days' WHERE thread_id = ANY(:aged)"
                ),
                {"aged": [thread_id(aged.id, JOB), thread_id(halfway.id, JOB)]},
            )
        await session.execute(
            text("""
                UPDATE agent_state.checkpoints SET created_at = now() WHERE thread_id = :thread AND checkpoint_id =
                (SELECT max(checkpoint_id) FROM agent_state.checkpoints WHERE thread_id = :thread)
            """),
            {"thread": thread_id(halfway.id, JOB)},
        )
    before = await rows(sessions, halfway.id)
    async with sessions.begin() as session:
        assert await sweep_checkpoints(session, timedelta(days=7)) == 1
    assert await rows(sessions, aged.id) == [0, 0, 0]
    assert await rows(sessions, halfway.id) == before
    assert min(await rows(sessions, event.id)) > 0


async def test_our_tables_are_the_library_s(stack: Any, settings: Settings) -> None:
    """When this fails after an upgrade of langgraph-checkpoint-postgres, its new migrations need one of ours."""
    name = f"langgraph_{new_id().hex}"
    url = stack.postgres.create_database(name)
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row) as connection:
            await AsyncPostgresSaver(connection).setup()
            theirs = await _columns(connection, "public")
        async with await psycopg.AsyncConnection.connect(settings.database_url, row_factory=dict_row) as connection:
            ours = await _columns(connection, "agent_state")
            versions = await (
                await connection.execute("SELECT max(v) FROM agent_state.checkpoint_migrations")
            ).fetchone()
    finally:
        stack.postgres.drop_database(name)
    extras = {(table, "created_at") for table in TABLES} | {("checkpoints", "user_id")}
    assert [column for column in ours if (column["table_name"], column["column_name"]) not in extras] == theirs
    assert versions == {"max": len(AsyncPostgresSaver.MIGRATIONS) - 1}


async def _columns(connection: psycopg.AsyncConnection[Any], schema: str) -> list[dict[str, Any]]:
    found = await connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = %s ORDER BY table_name, column_name",
        (schema,),
    )
    return await found.fetchall()
