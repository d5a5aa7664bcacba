"""`delight top`, driven by its keys, against a running API; what it draws is compared as words."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from api.identity import Role
from cli.top.admin_api import AdminApi
from cli.top.dialogs import LetterScreen, Question, ReasonPrompt
from cli.top.lag_history import LENGTH, LagHistory
from cli.top.screen import TopScreen
from infra.lag_board import KEY, publish_snapshot
from schemas.job_admin import GroupRead
from schemas.lag import LagSnapshot
from tests.conftest import SettingsFactory
from tests.support.admin_app import NOW, admin_app, lag
from tests.support.command import delight
from tests.support.dead_letters import die
from tests.support.mending import Fault, make_mendable
from tests.support.running_api import RunningApi, running_api
from tests.support.svg_text import lines_of
from tests.support.system import System
from tests.support.waiting import until

GROUP = "test-pinging"
DRAWN = Path(__file__).with_name("top_screen.txt")


@pytest.fixture(scope="module")
def fault() -> Fault:
    return Fault(broken=False)


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory, fault: Fault) -> AsyncIterator[System]:
    system = System(make_settings(), [make_mendable(fault)])
    await system.start()
    async with system.worker(), system.relay():
        yield system
    await system.stop()


@pytest.fixture(scope="module")
async def api(system: System) -> AsyncIterator[RunningApi]:
    async with running_api(system.settings, [consumer.subscription for consumer in system.consumers]) as api:
        yield api


@asynccontextmanager
async def watching(url: str, token: str, *, seconds: float = 0.2) -> AsyncIterator[Pilot[None]]:
    async with AdminApi(url, lambda: token) as admin:
        screen = TopScreen(admin, seconds=seconds, now=lambda: NOW)
        async with screen.run_test(size=(150, 40)) as pilot:
            yield pilot


def operator(api: RunningApi) -> str:
    return api.token("olga", Role.OPERATOR)


def rows(pilot: Pilot[None], name: str) -> list[list[str]]:
    table = pilot.app.screen_stack[0].query_one(f"#{name}", DataTable)
    return [[str(cell) for cell in table.get_row_at(index)] for index in range(table.row_count)]


def words(pilot: Pilot[None], name: str) -> str:
    return str(pilot.app.screen_stack[0].query_one(f"#{name}", Static).render())


def banner(pilot: Pilot[None]) -> str:
    widget = pilot.app.screen_stack[0].query_one("#banner", Static)
    return str(widget.render()) if widget.has_class("shown") else ""


async def test_the_screen_as_it_is_drawn() -> None:
    async with admin_app() as url, watching(url, "any") as pilot:
        await until(lambda: rows(pilot, "letters"), what="the first look is shown")
        wanted = DRAWN.read_text().splitlines()

        def drawn() -> list[str]:
            return [line.replace(url, "URL") for line in lines_of(pilot.app.export_screenshot())]

        # A screen is laid out in several steps; what it comes to is compared once more, for a failure that says more.
        with contextlib.suppress(AssertionError):
            await until(lambda: drawn() == wanted)
        assert drawn() == wanted
        assert "\x1b" not in "".join(wanted)


async def test_lag_is_shown_with_its_history(system: System, api: RunningApi) -> None:
    async with watching(api.url, operator(api)) as pilot:
        for depth in (0, 4, 8):
            await publish_snapshot(
                system.redis, LagSnapshot(measured_at=datetime.now(UTC), groups=[lag(GROUP, depth, oldest=61)])
            )
            await until(lambda depth=depth: [row[3] for row in rows(pilot, "groups")] == [str(depth)])
        [row] = rows(pilot, "groups")
    assert row[:6] == [GROUP, "working", "2", "8", "▁▅█", "1.0 min"]


async def test_without_a_monitor_everything_else_is_shown(system: System, api: RunningApi) -> None:
    await system.redis.delete(KEY)
    async with watching(api.url, operator(api)) as pilot:
        await until(lambda: rows(pilot, "groups"), what="the groups are shown")
        assert "delight monitor" in banner(pilot)
        assert [row[:2] for row in rows(pilot, "groups")] == [[GROUP, "unknown"]]


async def test_a_group_is_paused_with_a_reason_and_resumed(api: RunningApi) -> None:
    async with watching(api.url, operator(api)) as pilot, api.client("olga", Role.OPERATOR) as client:

        async def group() -> GroupRead:
            [found] = (await client.get("/api/v1/admin/groups")).json()
            return GroupRead.model_validate(found)

        await until(lambda: rows(pilot, "groups"))
        await pilot.press("p")
        await until(lambda: isinstance(pilot.app.screen, ReasonPrompt))
        await pilot.press(*"noon", "enter")
        await until(lambda: "paused" in rows(pilot, "groups")[0], what="the pause is shown")
        paused = await group()
        assert (paused.paused, paused.reason, paused.paused_by) == (True, "noon", "olga")
        await pilot.press("u")
        await until(lambda: isinstance(pilot.app.screen, Question))
        await pilot.press("y")
        await until(lambda: "paused" not in rows(pilot, "groups")[0], what="the resumption is shown")
        assert not (await group()).paused


async def test_a_dead_letter_is_opened_and_retried_after_a_yes(
    system: System, api: RunningApi, fault: Fault, user_id: str
) -> None:
    fault.broken_for.add(user_id)
    event = await die(system, user_id, "OK")
    fault.broken_for.discard(user_id)
    async with watching(api.url, operator(api)) as pilot:
        await until(lambda: rows(pilot, "letters"), what="the letter is shown")
        assert rows(pilot, "letters")[0][2] == user_id
        await pilot.press("tab", "enter")
        await until(lambda: isinstance(pilot.app.screen, LetterScreen), what="the letter is open")
        await pilot.pause()
        text = " ".join(lines_of(pilot.app.export_screenshot()))
        assert f"{event.id}:{GROUP}" in text
        await pilot.press("r")
        await until(lambda: isinstance(pilot.app.screen, Question))
        await pilot.press("n")
        await until(lambda: len(pilot.app.screen_stack) == 1)
        assert (await system.job(event)).status == "dead"
        await pilot.press("r")
        await until(lambda: isinstance(pilot.app.screen, Question))
        await pilot.press("y")
        await system.job_in(event, "succeeded")
        await until(lambda: not rows(pilot, "letters"), what="the letter is gone")


async def test_while_the_api_is_away_it_says_so_and_keeps_trying(system: System) -> None:
    subscriptions = [consumer.subscription for consumer in system.consumers]
    async with running_api(system.settings, subscriptions) as first:
        url, token = first.url, first.token("olga", Role.OPERATOR)
        port = int(url.rpartition(":")[2])
        async with watching(url, token) as pilot:
            await until(lambda: rows(pilot, "groups"))
            first.server.should_exit = True
            await until(lambda: "does not answer" in banner(pilot), what="the banner is shown")
            assert "Trying again" in banner(pilot)
            assert rows(pilot, "groups"), "the last numbers stay"
            await until(
                lambda: not any(server.is_serving() for server in first.server.servers), what="the port is free again"
            )
            again = system.settings.model_copy(update={"api_port": port})
            async with running_api(again, subscriptions):
                await until(lambda: "does not answer" not in banner(pilot), what="it found the API again")


async def test_who_may_not_look_is_told(api: RunningApi) -> None:
    async with watching(api.url, api.token("ada", Role.USER)) as pilot:
        await until(lambda: banner(pilot).startswith("403"), what="the refusal is shown")
        assert not rows(pilot, "groups")


def test_history_is_bounded_and_counts_a_snapshot_once() -> None:
    history = LagHistory()
    for second in range(LENGTH + 10):
        snapshot = LagSnapshot(measured_at=NOW.replace(second=second), groups=[lag(GROUP, second)])
        history.note(snapshot)
        history.note(snapshot)
    assert len(history.sparkline(GROUP)) == LENGTH
    assert history.sparkline(GROUP)[-1] == "█"
    assert history.sparkline("unknown") == ""


def test_a_foreign_system_needs_its_own_token() -> None:
    done = delight("top", "--url", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "--url needs --token" in done.stderr
