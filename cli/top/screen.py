"""The live screen: alerts, groups and dead letters, looked at anew every few seconds, and keys to act on them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from cli.lag_view import duration
from cli.top.admin_api import STATS_WINDOW_MINUTES, AdminApi, ApiAway, ApiRefused, Look
from cli.top.dialogs import LetterScreen, Question, ReasonPrompt
from cli.top.lag_history import LagHistory
from cli.top.rows import GROUP_COLUMNS, LETTER_COLUMNS, alert_lines, group_rows, letter_rows

T = TypeVar("T")

_GROUPS_TITLE = f"Groups, with their jobs of the last {STATS_WINDOW_MINUTES} minutes (Tab goes to the dead letters)"


class TopScreen(App[None]):
    """Shows one system until `q`. While its API is away a banner says so, the last numbers stay, and it keeps trying."""

    TITLE = "delight top"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #status { height: 1; padding: 0 1; background: $panel; }
    #banner { display: none; padding: 0 1; background: $error; color: $text; text-style: bold; }
    #banner.shown { display: block; }
    #alerts { height: auto; max-height: 6; padding: 0 1; margin: 1 0 0 0; }
    .title { height: 1; padding: 0 1; margin: 1 0 0 0; text-style: bold; }
    #groups { height: auto; max-height: 60%; }
    #letters { height: 1fr; min-height: 3; }
    Question, ReasonPrompt { align: center middle; }
    .dialog { width: 70; height: auto; padding: 1 2; border: round $accent; background: $surface; }
    LetterScreen { align: center middle; }
    #letter { width: 96%; height: 92%; padding: 1 2; border: round $accent; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open_letter", "Open letter"),
        Binding("r", "retry_letter", "Retry letter"),
        Binding("p", "pause_group", "Pause group"),
        Binding("u", "resume_group", "Resume group"),
        Binding("space", "look_now", "Look now"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(
        self, api: AdminApi, *, seconds: float = 2.0, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__()
        self._api = api
        self._seconds = seconds
        self._now = now
        self._history = LagHistory()
        self._look: Look | None = None
        self._asked_to_look = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Static(Text(f"delight top  {self._api.url}"), id="status")
        yield Static(id="banner")
        yield Static(Text("Looking …", style="dim"), id="alerts")
        yield Static(
            Text(_GROUPS_TITLE),
            classes="title",
        )
        yield DataTable[Text](id="groups", cursor_type="row", zebra_stripes=True)
        yield Static(Text("Dead letters"), id="letters-title", classes="title")
        yield DataTable[Text](id="letters", cursor_type="row", zebra_stripes=True)
        yield Footer()

    def on_mount(self) -> None:
        self._table("groups").add_columns(*GROUP_COLUMNS)
        self._table("letters").add_columns(*LETTER_COLUMNS)
        self._keep_looking()

    def action_look_now(self) -> None:
        self._asked_to_look.set()

    def action_open_letter(self) -> None:
        self._open_letter()

    def on_data_table_row_selected(self, selected: DataTable.RowSelected) -> None:
        # The table takes the Enter key for itself.
        if selected.data_table.id == "letters":
            self._open_letter()

    def action_retry_letter(self) -> None:
        if (letter := self._selected("letters")) is not None:
            self._retry_letter(letter)

    @work
    async def action_pause_group(self) -> None:
        group = self._selected("groups")
        if group is None or self._is_paused(group):
            return
        reason = await self.push_screen_wait(ReasonPrompt(f"Pause {group}? What runs finishes; nothing more starts."))
        if reason is not None and await self._try(self._api.pause_group(group, reason)) is not _FAILED:
            self.notify(f"{group} is paused.")
            self._asked_to_look.set()

    @work
    async def action_resume_group(self) -> None:
        group = self._selected("groups")
        if group is None or not self._is_paused(group):
            return
        sure = await self.push_screen_wait(Question(f"Resume {group}?"))
        if sure and await self._try(self._api.resume_group(group)) is not _FAILED:
            self.notify(f"{group} works again.")
            self._asked_to_look.set()

    @work
    async def _open_letter(self) -> None:
        letter_id = self._selected("letters")
        if letter_id is None:
            return
        letter = await self._try(self._api.read_letter(letter_id))
        if not isinstance(letter, _Failed) and await self.push_screen_wait(LetterScreen(letter)):
            self._retry_letter(letter_id)

    @work
    async def _retry_letter(self, letter_id: str) -> None:
        if not await self.push_screen_wait(Question(f"Retry {letter_id}?\nIt gets a fresh budget of attempts.")):
            return
        retried = await self._try(self._api.retry_letter(letter_id))
        if not isinstance(retried, _Failed):
            self.notify(f"It begins life {retried.life}.")
            self._asked_to_look.set()

    @work(exclusive=True, group="looking")
    async def _keep_looking(self) -> None:
        while True:
            self._asked_to_look.clear()
            try:
                try:
                    self._look = await self._api.look()
                except (ApiAway, ApiRefused) as error:
                    self._show_banner(f"{error.message} Trying again every {self._seconds:g} s.")
                else:
                    self._show(self._look)
            except NoMatches:
                # The answer came while the screen was being taken down: somebody has quit.
                return
            try:
                await asyncio.wait_for(self._asked_to_look.wait(), self._seconds)
            except TimeoutError:
                continue

    async def _try(self, order: Awaitable[T]) -> "T | _Failed":
        """What the order answers; what keeps it from being done is said, and nothing else happens."""
        try:
            return await order
        except (ApiAway, ApiRefused) as error:
            self.notify(error.message, severity="error", markup=False)
            return _FAILED

    def _show(self, look: Look) -> None:
        now = self._now()
        if look.lag is not None:
            self._history.note(look.lag)
        with self.batch_update():
            self._show_banner(look.lag_problem)
            measured = f", lag {duration((now - look.lag.measured_at).total_seconds())} old" if look.lag else ""
            self._static("status").update(Text(f"delight top  {self._api.url}  {now:%H:%M:%S} UTC{measured}"))
            self._static("alerts").update(alert_lines(look.alerts.firing, look.groups, now))
            more = " or more" if look.letters.next_cursor else ""
            self._static("letters-title").update(Text(f"Dead letters: {len(look.letters.items)}{more}"))
            self._fill("groups", group_rows(look, self._history))
            self._fill("letters", letter_rows(look.letters.items, now))

    def _show_banner(self, problem: str | None) -> None:
        banner = self._static("banner")
        banner.set_class(problem is not None, "shown")
        banner.update(Text(problem or ""))

    def _fill(self, name: str, rows: Sequence[tuple[str, Sequence[Text]]]) -> None:
        """Put these rows into a table; the cursor stays with its row, wherever that went."""
        table = self._table(name)
        selected = self._selected(name)
        table.clear()
        for key, cells in rows:
            table.add_row(*cells, key=key)
        keys = [key for key, _ in rows]
        if selected in keys:
            table.move_cursor(row=keys.index(selected))

    def _selected(self, name: str) -> str | None:
        table = self._table(name)
        if not table.row_count:
            return None
        return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value

    def _is_paused(self, group: str) -> bool:
        return self._look is not None and any(one.group == group and one.paused for one in self._look.groups)

    def _table(self, name: str) -> "DataTable[Text]":
        return self._lowest().query_one(f"#{name}", DataTable)

    def _static(self, name: str) -> Static:
        return self._lowest().query_one(f"#{name}", Static)

    def _lowest(self) -> Screen[object]:
        """The screen itself: a dialog may stand before it, and while it is being taken down there is none."""
        if not self.screen_stack:
            raise NoMatches("The screen is gone.")
        return self.screen_stack[0]


class _Failed:
    """An order that was not carried out."""


_FAILED = _Failed()
