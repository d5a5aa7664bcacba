"""`budget`: what a person may spend on chat models a day."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer

from cli.dead_letter_desk import OperatorName, operator_name
from cli.folder import DEFAULT_FOLDER, FolderOption
from cli.output import JsonOption, print_json, print_table
from cli.servers import Servers, with_servers
from infra.exceptions import InvalidRequest
from schemas.cost import BudgetRead, BudgetWrite

PersonName = Annotated[str, typer.Argument(help="The person: the subject of their token.")]


def register(app: typer.Typer) -> None:
    budget = typer.Typer(no_args_is_help=True, help="Read and set what a person may spend on chat models a day.")
    budget.command("show", epilog="Example: delight budget show ada")(show)
    budget.command("set", epilog="Example: delight budget set ada --usd 2.50 --tokens 500000")(set_own)
    budget.command("clear", epilog="Example: delight budget clear ada")(clear)
    app.add_typer(budget, name="budget", rich_help_panel="Operations")


def show(user: PersonName, folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Show a person's daily budget and what they spent of it today."""
    from services import budget_service

    async def read(servers: Servers) -> BudgetRead:
        async with servers.sessions() as session:
            return await budget_service.read_own_budget(session, user, servers.settings, datetime.now(UTC))

    _print(with_servers(folder, read), as_json=as_json)


def set_own(
    user: PersonName,
    usd: Annotated[float | None, typer.Option("--usd", min=0, help="US dollars a day; 0 allows nothing.")] = None,
    tokens: Annotated[int | None, typer.Option("--tokens", min=0, help="Tokens a day.")] = None,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Give a person a daily budget of their own. What is left out falls back to the common one."""
    if usd is None and tokens is None:
        raise InvalidRequest(
            "Say how much: --usd, --tokens, or both. `delight budget clear` goes back to the common one."
        )
    wanted = BudgetWrite(daily_budget_usd=None if usd is None else Decimal(str(usd)), daily_token_budget=tokens)
    _print(_set(user, wanted, operator, folder), as_json=as_json)


def clear(
    user: PersonName,
    operator: OperatorName = None,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Let the common budget count for a person again."""
    _print(_set(user, BudgetWrite(), operator, folder), as_json=as_json)


def _set(user: str, wanted: BudgetWrite, operator: str | None, folder: FolderOption) -> BudgetRead:
    from services import budget_service

    async def order(servers: Servers) -> BudgetRead:
        async with servers.sessions.begin() as session:
            return await budget_service.set_budget(
                session, user, wanted, servers.settings, operator=operator_name(operator), now=datetime.now(UTC)
            )

    return with_servers(folder, order)


def _print(budget: BudgetRead, *, as_json: bool) -> None:
    if as_json:
        print_json(budget.model_dump(mode="json"))
        return
    today = budget.today
    print_table(
        ["", "Spent today", "Budget", "Set for"],
        [
            ("USD", f"{today.usd:.4f}", f"{today.budget_usd:.4f}", _whose(budget.daily_budget_usd)),
            ("Tokens", today.limited_tokens, _limit(today.token_budget), _whose(budget.daily_token_budget)),
        ],
        title=f"{budget.user_id} on {today.day} ({today.time_zone})",
    )
    state = "spent" if today.reached else "not spent"
    print(f"The budget is {state}. The next day begins at {today.resets_at:%Y-%m-%d %H:%M} UTC.")
    if budget.released:
        print(f"{budget.released} jobs that waited for it start now.")


def _whose(own: object) -> str:
    return "everybody" if own is None else "this person"


def _limit(tokens: int | None) -> str:
    return "no limit" if tokens is None else str(tokens)
