"""`groups`, `replay`: steer consumer groups, and run their events again."""

from datetime import datetime
from typing import Annotated

import typer

from cli.dead_letter_desk import OperatorName, Yes, confirm, operator_name
from cli.folder import DEFAULT_FOLDER, FolderOption
from cli.output import JsonOption, moment, print_json, print_table
from cli.servers import Servers, with_servers
from infra.exceptions import InvalidRequest
from schemas.job_admin import GroupRead
from schemas.jobs import Subscription

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


def list_groups(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """List the consumer groups, what their workers do now, and who paused which, and why."""
    from consumers.subscriptions import SUBSCRIPTIONS
    from services import group_service

    async def read(servers: Servers) -> list[GroupRead]:
        async with servers.sessions() as session:
            return await group_service.list_groups(session, servers.redis, SUBSCRIPTIONS)

    found = with_servers(folder, read)
    if as_json:
        print_json([group.model_dump(mode="json") for group in found])
        return
    print_table(
        ["Group", "State", "Workers", "Running", "Waiting", "Paused", "Events"],
        [
            (
                group.group,
                "paused" if group.paused else "working" if group.workers else "no worker",
                len(group.workers),
                sum(worker.running for worker in group.workers),
                sum(worker.waiting for worker in group.workers),
                f"{group.paused_by} since {moment(group.paused_at)}: {group.reason}" if group.paused_at else "",
                ", ".join(group.events),
            )
            for group in found
        ],
    )


def pause(
    group: GroupName,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever finds it paused.")],
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Let a group start nothing more. What runs finishes; it stays paused over restarts."""
    from consumers.subscriptions import SUBSCRIPTIONS
    from services import group_service

    async def order(servers: Servers) -> GroupRead:
        async with servers.sessions() as session:
            return await group_service.pause(
                session,
                servers.redis,
                group=group,
                reason=reason,
                operator=operator_name(operator),
                subscriptions=SUBSCRIPTIONS,
            )

    _tell(with_servers(folder, order), f"{group} is paused.", as_json=as_json)


def resume(
    group: GroupName,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Let a paused group work again."""
    from consumers.subscriptions import SUBSCRIPTIONS
    from services import group_service

    async def order(servers: Servers) -> GroupRead:
        async with servers.sessions() as session:
            return await group_service.resume(
                session, servers.redis, group=group, operator=operator_name(operator), subscriptions=SUBSCRIPTIONS
            )

    _tell(with_servers(folder, order), f"{group} works again.", as_json=as_json)


def replay(
    *,
    group: Annotated[str, typer.Option("--group", help="The consumer group whose events run again.")],
    since: Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="From this moment on, in local time.")],
    until: Annotated[datetime, typer.Option("--to", formats=_FORMATS, help="Before this moment.")],
    rate: Annotated[float, typer.Option("--rate", min=0.01, max=1000, help="Jobs a second.")] = 10.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and do nothing.")] = False,
    yes: Yes = False,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
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
    if as_json and (dry_run or not plan.jobs):
        print_json(plan.model_dump(mode="json"))
    elif not as_json:
        print(
            f"{_jobs(plan.jobs)} of {plan.people} {'person' if plan.people == 1 else 'people'} would run again, "
            f"at {rate:g} a second in about {max(1.0, plan.jobs / rate):.0f} s. In flight, and left alone: {plan.in_flight}."
        )
    if dry_run or not plan.jobs:
        return
    confirm(f"Run {_jobs(plan.jobs)} of {group} again?", yes=yes)
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
    if as_json:
        print_json(plan.model_dump(mode="json") | {"replayed": done})
    else:
        print(f"{_jobs(done)} on the way again; see `delight jobs ls --job-type {group}`.")


def _tell(group: GroupRead, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(group.model_dump(mode="json"))
    else:
        print(sentence)


def _jobs(number: int) -> str:
    return f"{number} job{'' if number == 1 else 's'}"


def _subscription(group: str) -> Subscription:
    from consumers.subscriptions import SUBSCRIPTIONS

    for subscription in SUBSCRIPTIONS:
        if subscription.group == group:
            return subscription
    raise InvalidRequest(
        f"There is no consumer group {group!r}. There are: {', '.join(s.group for s in SUBSCRIPTIONS)}."
    )
