"""What stands before the screen: a question, a reason to give, and one dead letter in full."""

import json
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from cli.output import plain
from schemas.dead_letters import DeadLetterDetail


class Question(ModalScreen[bool]):
    """Asks before something is done; only `y` is a yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Text(self._question))
            yield Static(Text("y: yes   n: no", style="dim"))

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


class ReasonPrompt(ModalScreen[str | None]):
    """Asks why, for the record; None when the operator thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "Cancel")]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Text(self._question))
            yield Input(placeholder="The reason, for whoever finds it paused", max_length=500)
            yield Static(Text("Enter: pause   Escape: cancel", style="dim"))

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        if submitted.value.strip():
            self.dismiss(submitted.value.strip())

    def action_give_up(self) -> None:
        self.dismiss(None)


class LetterScreen(ModalScreen[bool]):
    """One dead letter with its history; dismissed with true to retry it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "close(True)", "Retry"),
        Binding("escape,q", "close(False)", "Back"),
    ]

    def __init__(self, letter: DeadLetterDetail) -> None:
        super().__init__()
        self._letter = letter

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="letter"):
            yield Static(_describe(self._letter))
        yield Footer()

    def action_close(self, retry: bool) -> None:
        self.dismiss(retry)


def _describe(letter: DeadLetterDetail) -> Text:
    text = Text()

    def say(name: str, value: object) -> None:
        if value not in (None, ""):
            text.append(f"{name:<12}", style="bold")
            text.append(f"{plain(str(value))}\n")

    say("Dead letter", letter.id)
    say("Event", letter.event_type)
    say("Person", letter.user_id)
    say("Request", letter.request_id)
    say("Status", f"{letter.status.value}, life {letter.life}, {letter.attempts} attempts")
    say("Accepted", letter.accepted_at.isoformat(timespec="seconds"))
    say("Died", letter.died_at.isoformat(timespec="seconds"))
    say("Reason", letter.reason)
    say("Obstacle", letter.obstacle)
    if letter.error is not None:
        say("Error", f"{letter.error.type}: {letter.error.message}")
    text.append("\nAttempts\n", style="bold")
    for attempt in letter.attempts_made:
        took = (attempt.finished_at - attempt.started_at).total_seconds()
        error = f": {attempt.error_type}: {attempt.error_message}" if attempt.error_type else ""
        text.append(
            plain(f"  life {attempt.life}, attempt {attempt.attempt}: {attempt.outcome} after {took:.3f} s{error}")
            + "\n"
        )
    for action in letter.actions:
        text.append(plain(f"  {action.created_at:%Y-%m-%d %H:%M:%S} {action.action} by {action.operator}") + "\n")
    text.append("\nData\n", style="bold")
    data = letter.value if letter.data is None else json.dumps(letter.data, indent=2, ensure_ascii=False)
    text.append(plain(data or "none") + "\n")
    if letter.stacktrace:
        text.append("\nTrace\n", style="bold")
        text.append(plain(letter.stacktrace))
    return text
