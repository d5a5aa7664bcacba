"""The daily budget, asked before an agent runs: go on, go on with the cheaper model, or wait for the person's next day.

What runs already is not stopped: a person may go over by as much as their jobs in flight cost.
"""

from datetime import UTC, datetime, timedelta

from langchain_core.language_models import BaseChatModel

from infra.chat_model import create_chat_model, model_name
from infra.database import SessionFactory
from infra.exceptions import BudgetReached
from infra.model_prices import OFFLINE_MODEL
from infra.settings import Settings
from schemas.cost import BudgetPolicy
from schemas.events import UserId
from services.cost_service import read_budget
from services.local_time import next_midnight

# Clocks differ a little: a job that came before midnight by one of them would only wait again.
_MARGIN = timedelta(seconds=1)


class ModelBudget:
    """Chooses the chat model of a job. One indexed read per job; none when there is nothing to decide."""

    def __init__(self, settings: Settings, sessions: SessionFactory, model: BaseChatModel) -> None:
        self._settings = settings
        self._sessions = sessions
        self._model = model
        policy = settings.budget_policy
        self._limits = policy is not BudgetPolicy.OFF and model_name(model) != OFFLINE_MODEL
        self._cheaper: BaseChatModel | None = None
        if self._limits and policy is BudgetPolicy.CHEAPER_MODEL:
            self._cheaper = create_chat_model(settings.model_copy(update={"chat_model": settings.cheaper_chat_model}))

    async def choose_model(self, user_id: UserId) -> BaseChatModel:
        """The model that may work for this person now. Raises `BudgetReached` when none may until tomorrow."""
        if not self._limits:
            return self._model
        now = datetime.now(UTC)
        async with self._sessions() as session:
            budget = await read_budget(session, user_id, self._settings, now)
        if not budget.reached:
            return self._model
        if self._cheaper is not None:
            return self._cheaper
        raise BudgetReached(
            "Your daily budget is reached. This goes on when your next day begins.",
            next_midnight(now, budget.time_zone) - now + _MARGIN,
        )
