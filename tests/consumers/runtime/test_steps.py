"""A job's first step is taken at once, and everything else is as if it had a task of its own."""

import asyncio
from contextvars import ContextVar
from dataclasses import replace

import pytest

from agents.context import AgentContext
from consumers.runtime.steps import Steps
from schemas.events import Envelope
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.system import System

speaker: ContextVar[str] = ContextVar("speaker", default="nobody")


async def test_what_never_waits_is_done_at_once() -> None:
    said = []

    async def speak() -> None:
        said.append(speaker.get())

    assert Steps(speak()).begin()
    assert said == ["nobody"]


async def test_what_a_coroutine_sets_in_its_context_is_its_own_before_and_after_it_waits() -> None:
    seen = []

    async def speak(name: str) -> None:
        speaker.set(name)
        await asyncio.sleep(0)
        seen.append(speaker.get())

    ada, bob = Steps(speak("ada")), Steps(speak("bob"))
    assert not ada.begin()
    assert not bob.begin()
    assert speaker.get() == "nobody"
    await ada.finish()
    await bob.finish()
    assert seen == ["ada", "bob"]


async def test_a_timeout_entered_in_the_first_step_ends_a_later_one() -> None:
    async def wait() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    steps = Steps(wait())
    assert not steps.begin()
    with pytest.raises(TimeoutError):
        await steps.finish()


async def test_a_cancellation_reaches_the_coroutine_and_may_be_answered() -> None:
    tidied = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append(True)

    async def run() -> None:
        steps = Steps(wait())
        assert not steps.begin()
        await steps.finish()

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tidied == [True]


async def test_an_agent_that_cancels_the_task_it_runs_in_harms_no_other_job(system: System, calls: Calls) -> None:
    async def agent(event: Envelope[TestPinged], _context: AgentContext) -> int:
        task = asyncio.current_task()
        assert task is not None
        if event.data.number == 0:
            task.cancel()
        return event.data.number

    async with system.worker([replace(make_pinged(calls), agent=agent)]):
        events = [await system.ping(f"person-{number}", number=number) for number in range(5)]
        rows = [await system.job_in(event, "succeeded") for event in events]
    assert [row.attempt for row in rows] == [1] * 5


async def test_an_agent_that_raises_what_is_no_exception_has_failed(system: System, calls: Calls) -> None:
    class Quits(BaseException):
        pass

    async def agent(_event: Envelope[TestPinged], _context: AgentContext) -> int:
        raise Quits("enough")

    async with system.worker([replace(make_pinged(calls), agent=agent)]), system.relay():
        event = await system.ping("ada")
        row = await system.job_in(event, "dead")
    assert row.error_message == "enough"
