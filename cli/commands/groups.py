"""`groups`, `replay`, `trace`: steer consumer groups, run their events again, and follow one event."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.tree import Tree

from cli.dead_letter_desk import OperatorName, Yes, confirm, operator_name
from cli.folder import DEFAULT_FOLDER, FolderOption
from cli.output import JsonOption, console, print_json, print_table
from cli.servers import Servers, with_servers
from infra.exceptions import InvalidRequest
from schemas.job_admin import GroupRead
from schemas.jobs import Subscription
from schemas.journeys import Journey, JourneyJob, JourneyStep

_EXAMPLE_ID = "0190a1b2-0000-7000-8000-000000000001"
_BAR_WIDTH = 24

GroupName = Annotated[str, typer.Argument(help="The consumer group.")]
_FORMATS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    groups = typer.Typer(no_args_is_help=True, help="List consumer groups; pause and resume them.")
    groups.command("list", epilog="Example: delight groups list --json")(list_groups)
    groups.command("pause", epilog="Example: delight groups pause quest-generation --reason 'provider is down'")(pause)
    groups.command("resume", epilog="Example: delight groups resume quest-generation")(resume)
    app.add_typer(groups, name="groups", rich_help_panel="Operations")
    app.command(
        rich_help_panel="Operations",
        epilog="Example: delight replay --group quest-generation --from 2026-05-01T10:00 --to 2026-05-01T11:00 --dry-run",
    )(replay)
    app.command(rich_help_panel="Operations", epilog=f"Example: delight trace {_EXAMPLE_ID}")(trace)


def list_groups(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """List the consumer groups, and who paused which, and why."""
    from consumers.registry import SUBSCRIPTIONS
    from services import group_service

    async def read(servers: Servers) -> list[GroupRead]:
        async with servers.sessions() as session:
            return await group_service.list_groups(session, servers.redis, SUBSCRIPTIONS)

    found = with_servers(folder, read)
    if as_json:
        print_json([group.model_dump(mode="json") for group in found])
        return
    print_table(
        ["Group", "Events", "State", "By", "Since", "Reason"],
        [
            (
                group.group,
                ", ".join(group.events),
                "paused" if group.paused else "working",
                group.paused_by,
                f"{group.paused_at:%Y-%m-%d %H:%M:%S}" if group.paused_at else "",
                group.reason,
            )
            for group in found
        ],
    )


def pause(
    group: GroupName,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever finds it paused.")],
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Let a group start nothing more. What runs finishes; it stays paused over restarts."""
    from consumers.registry import SUBSCRIPTIONS
    from services import group_service

    async def order(servers: Servers) -> None:
        async with servers.sessions() as session:
            await group_service.pause(
                session,
                servers.redis,
                group=group,
                reason=reason,
                operator=operator_name(operator),
                subscriptions=SUBSCRIPTIONS,
            )

    with_servers(folder, order)
    print(f"{group} is paused.")


def resume(group: GroupName, operator: OperatorName = None, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Let a paused group work again."""
    from consumers.registry import SUBSCRIPTIONS
    from services import group_service

    async def order(servers: Servers) -> None:
        async with servers.sessions() as session:
            await group_service.resume(
                session, servers.redis, group=group, operator=operator_name(operator), subscriptions=SUBSCRIPTIONS
            )

    with_servers(folder, order)
    print(f"{group} works again.")


def replay(
    *,
    group: Annotated[str, typer.Option("--group", help="The consumer group whose events run again.")],
    since: Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="From this moment on, in local time.")],
    until: Annotated[datetime, typer.Option("--to", formats=_FORMATS, help="Before this moment.")],
    rate: Annotated[float, typer.Option("--rate", help="Jobs a second.")] = 10.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and do nothing.")] = False,
    yes: Yes = False,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Run the retained events of a group again as new attempts. What was done once stays done once."""
    from services import replay_service

    subscription = _subscription(group)
    plan = with_servers(
        folder,
        lambda servers: replay_service.plan(
            servers.settings, servers.sessions, subscription, since=since.astimezone(), until=until.astimezone()
        ),
    )
    print(
        f"{plan.jobs} jobs of {plan.people} people would run again, in about {plan.jobs / rate:.0f} s at {rate:g} a second; "
        f"{plan.in_flight} are in flight and left alone."
    )
    if dry_run or not plan.jobs:
        return
    confirm(f"Run {plan.jobs} jobs of {group} again?", yes=yes)
    done = with_servers(
        folder,
        lambda servers: replay_service.replay(
            servers.settings,
            servers.sessions,
            subscription,
            since=since.astimezone(),
            until=until.astimezone(),
            rate=rate,
            operator=operator_name(operator),
        ),
    )
    print(f"{done} jobs are on their way again; follow them with `delight jobs ls --job-type {group}`.")


def trace(
    event_id: Annotated[UUID, typer.Argument(help="The event's id, which is also the id of its job.")],
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Show the way one event took, with the time of each step, and the events that it caused."""
    from consumers.registry import SUBSCRIPTIONS
    from services import journey_service

    async def read(servers: Servers) -> Journey:
        async with servers.sessions() as session:
            return await journey_service.read_journey(session, servers.redis, event_id, SUBSCRIPTIONS)

    journey = with_servers(folder, read)
    if as_json:
        print_json(journey.model_dump(mode="json"))
        return
    longest = max((step.seconds for step in _all_steps(journey)), default=0.0)
    console().print(_tree(journey, longest))


def _subscription(group: str) -> Subscription:
    from consumers.registry import SUBSCRIPTIONS

    for subscription in SUBSCRIPTIONS:
        if subscription.group == group:
            return subscription
    raise InvalidRequest(
        f"There is no consumer group {group!r}. There are: {', '.join(s.group for s in SUBSCRIPTIONS)}."
    )


def _all_steps(journey: Journey) -> list[JourneyStep]:
    return [step for job in journey.jobs for step in [*job.steps, *(s for c in job.caused for s in _all_steps(c))]]


def _tree(journey: Journey, longest: float, parent: Tree | None = None) -> Tree:
    accepted = f", accepted {journey.accepted_at:%Y-%m-%d %H:%M:%S.%f}" if journey.accepted_at else ""
    title = f"{journey.type} {journey.event_id}{accepted}"
    branch = Tree(title) if parent is None else parent.add(title)
    for job in journey.jobs:
        _add_job(branch.add(f"{job.job_type}: {job.status}"), job, longest)
    return branch


def _add_job(branch: Tree, job: JourneyJob, longest: float) -> None:
    for step in job.steps:
        bar = "█" * (round(_BAR_WIDTH * step.seconds / longest) if longest else 0)
        detail = f"  {step.detail}" if step.detail else ""
        branch.add(f"{step.seconds * 1000:>9.1f} ms  {bar:<{_BAR_WIDTH}}  {step.what}{detail}")
    for caused in job.caused:
        _tree(caused, longest, branch)
