"""How a person wants to be nudged. Nobody is nudged who has not asked for it."""

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from infra.exceptions import InvalidRequest, WebhookRefused
from infra.webhooks import check_url
from models.nudge_preferences import NudgePreferencesModel
from models.user import UserModel
from schemas.events import UserId
from schemas.nudges import NudgeChannel, NudgePreferencesRead, NudgePreferencesWrite
from services.nudge_service import cancel_scheduled
from services.user_service import lock_user, read_quiet_hours, set_time_zone

_DEFAULT = NudgePreferencesWrite()


async def read_preferences(session: AsyncSession, user_id: UserId) -> NudgePreferencesRead:
    """The person's preferences; the default ones for who never set any."""
    row = await session.get(NudgePreferencesModel, user_id)
    quiet = await read_quiet_hours(session, user_id)
    return NudgePreferencesRead(
        opted_in=row.opted_in if row else _DEFAULT.opted_in,
        channels=[NudgeChannel(name) for name in row.channels] if row else _DEFAULT.channels,
        max_per_day=row.max_per_day if row else _DEFAULT.max_per_day,
        webhook_url=row.webhook_url if row else None,
        has_webhook_secret=row is not None and row.webhook_secret is not None,
        quiet_from=quiet.begin,
        quiet_until=quiet.end,
        time_zone=quiet.time_zone,
    )


async def write_preferences(
    session: AsyncSession, user_id: UserId, wanted: NudgePreferencesWrite, *, trusting: bool
) -> NudgePreferencesRead:
    """Set the preferences; opting out cancels what is scheduled. `trusting` is for development: see `infra.webhooks`.

    Raises `InvalidRequest` when the time zone is unknown, the webhook's URL is not allowed, or a webhook is wanted
    without URL or secret.
    """
    user = await lock_user(session, user_id)
    row = await session.get(NudgePreferencesModel, user_id, populate_existing=True)
    secret = wanted.webhook_secret.get_secret_value() if wanted.webhook_secret else row.webhook_secret if row else None
    _check_webhook(wanted, secret, trusting=trusting)
    if row is None:
        row = NudgePreferencesModel(user_id=user_id)
        session.add(row)
    row.opted_in = wanted.opted_in
    row.channels = [channel.value for channel in wanted.channels]
    row.max_per_day = wanted.max_per_day
    row.webhook_url = wanted.webhook_url
    # A secret is of use only with its receiver.
    row.webhook_secret = secret if wanted.webhook_url is not None else None
    await _set_clock(session, user, wanted)
    if not wanted.opted_in:
        await cancel_scheduled(session, user_id)
    await session.flush()
    # Who opts in need not wait for tomorrow's planning.
    user.next_due_at = func.now()
    await session.flush()
    return await read_preferences(session, user_id)


def _check_webhook(wanted: NudgePreferencesWrite, secret: str | None, *, trusting: bool) -> None:
    if wanted.webhook_url is not None:
        try:
            check_url(wanted.webhook_url, trusting=trusting)
        except WebhookRefused as refused:
            raise InvalidRequest(refused.message) from refused
    if NudgeChannel.WEBHOOK in wanted.channels and (wanted.webhook_url is None or secret is None):
        raise InvalidRequest("The channel webhook needs webhook_url and webhook_secret.")


async def _set_clock(session: AsyncSession, user: UserModel, wanted: NudgePreferencesWrite) -> None:
    if wanted.time_zone is not None:
        await set_time_zone(session, user.id, wanted.time_zone)
    if wanted.quiet_from is not None:
        user.quiet_from = wanted.quiet_from
    if wanted.quiet_until is not None:
        user.quiet_until = wanted.quiet_until
