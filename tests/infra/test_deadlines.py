"""Blocks that share one timer end in time, each by itself."""

import asyncio

import pytest

from infra.deadlines import Deadlines

# Whatever is waited for here comes at once or never.
NEVER = 3_600.0


async def test_a_block_that_takes_too_long_is_ended_and_others_are_not() -> None:
    deadlines = Deadlines(0.05)

    async def wait(seconds: float) -> str:
        with deadlines.one():
            await asyncio.sleep(seconds)
        return "done"

    answers = await asyncio.gather(wait(NEVER), wait(0), wait(NEVER), return_exceptions=True)

    assert [isinstance(answer, TimeoutError) for answer in answers] == [True, False, True]
    assert answers[1] == "done"
    # The timer starts anew for who comes after a pause.
    with pytest.raises(TimeoutError):
        await wait(NEVER)


async def test_a_task_that_was_ended_by_its_deadline_goes_on() -> None:
    deadlines = Deadlines(0.01)

    async def try_twice() -> int:
        for _ in range(2):
            with pytest.raises(TimeoutError), deadlines.one():
                await asyncio.sleep(NEVER)
        await asyncio.sleep(0)
        current = asyncio.current_task()
        assert current is not None
        return current.cancelling()

    assert await asyncio.create_task(try_twice()) == 0


async def test_who_is_cancelled_is_not_told_of_a_deadline() -> None:
    deadlines = Deadlines(NEVER)

    async def wait() -> None:
        with deadlines.one():
            await asyncio.sleep(NEVER)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_within_a_block_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="mine"), Deadlines(NEVER).one():
        raise ValueError("mine")
