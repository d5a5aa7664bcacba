"""How the demonstration reads: tables on a terminal, plain lines in a pipe, the same facts in both."""

import sys
from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.demo.journey import Step
from cli.demo.ledger import Ledger
from cli.demo.story import Story
from cli.output import print_table
from schemas.quests import QuestRead


def show_quests(screen: Console, story: Story) -> None:
    title = f"Quests for {story.person.name}, who wants: {'; '.join(goal.title for goal in story.person.goals)}"
    if not sys.stdout.isatty():
        print(f"\n{title}")
        for quest in story.quests:
            print(f"  - {quest.title} ({_facts(quest)})")
            print(f"    {quest.description}")
        return
    table = Table(title=escape(title), title_justify="left", title_style="bold", show_lines=True, expand=True)
    table.add_column("Quest", ratio=2)
    table.add_column("What to do", ratio=5)
    table.add_column("Facts", ratio=2, style="dim")
    for quest in story.quests:
        table.add_row(f"[bold]{escape(quest.title)}[/bold]", escape(quest.description), _facts(quest))
    screen.print()
    screen.print(table)


def show_mission(screen: Console, story: Story) -> None:
    dci = story.progress.dci
    facts = {
        "Briefing": " ".join((story.mission.briefing or "").split()),
        "Reflection": story.person.reflection,
        "Progress": f"+{story.earned} essence ({story.progress.essence} in all), streak {_days(story.streak_days)}, "
        f"DCI {dci.value:.2f} ({dci.zone.value})",
    }
    screen.print()
    screen.print(f"[bold]{story.person.name}'s mission: {escape(story.mission.title)}[/bold]")
    if not sys.stdout.isatty():
        for name, text in facts.items():
            print(f"  {name:<10}  {text}")
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    for name, text in facts.items():
        table.add_row(f"  {name}", escape(text))
    screen.print(table)


def show_journey(steps: Sequence[Step], person: str) -> None:
    began = previous = steps[0].at
    rows = []
    for step in steps:
        rows.append(
            (
                step.at.astimezone().strftime("%H:%M:%S.") + f"{step.at.microsecond // 1000:03d}",
                f"{_milliseconds(step.at - began)} ms",
                f"+{_milliseconds(step.at - previous)} ms",
                step.what,
            )
        )
        previous = step.at
    print()
    print_table(
        ["Clock", "Since start", "Step took", "What happened"], rows, title=f"The way of {person}'s request for quests"
    )


def show_ledger(screen: Console, ledger: Ledger) -> None:
    print()
    print_table(
        ["Events accepted (202)", "Jobs they make", "Completed", "Refused", "Dead", "In flight"],
        [(ledger.events, ledger.accepted, ledger.completed, ledger.refused, ledger.dead, ledger.in_flight)],
        title="Ledger",
    )
    sign = "=" if ledger.accepted == ledger.accounted_for else "≠"
    verdict = "[green]It adds up.[/green]" if ledger.adds_up else "[red]It does not add up.[/red]"
    refused = f"{ledger.refused} refused + " if ledger.refused else ""
    screen.print(
        f"{ledger.accepted} accepted {sign} {ledger.completed} completed + {refused}{ledger.dead} dead + "
        f"{ledger.in_flight} in flight; {ledger.missions} missions completed, {ledger.bookings} booked. {verdict}"
    )


def _facts(quest: QuestRead) -> str:
    return (
        f"{quest.duration_minutes} min, {quest.energy_level.value} energy, {quest.category.value}, "
        f"{quest.essence_reward} essence"
    )


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
