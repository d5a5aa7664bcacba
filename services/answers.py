"""What we sent to a person, and whether they answered: the response rate of the Daily Consistency Index.

Nudges count from when they were delivered. A character who wrote first counts too; the person answered when they wrote
to that character within ANSWERED_WITHIN. Both belong to the person's calendar day that they were sent on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.companion_message import CompanionMessageModel
from models.nudge import NudgeModel
from schemas.companion import Author
from schemas.events import UserId

ANSWERED_WITHIN = timedelta(days=3)
"""What comes later than that is a conversation of its own."""


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """What was sent on a day, and how much of it was answered."""

    sent: int
    answered: int


async def response_rate(session: AsyncSession, user_id: UserId, *, after: date, until: date) -> float | None:
    """The share of what was sent on days after `after` and up to `until` that was answered; None when nothing was sent."""
    return rate((await count_answers(session, user_id, after=after, until=until)).values())


def rate(counts: Iterable[AnswerCounts]) -> float | None:
    """The share that was answered; None when nothing was sent."""
    days = list(counts)
    sent = sum(day.sent for day in days)
    return sum(day.answered for day in days) / sent if sent else None


async def count_answers(
    session: AsyncSession, user_id: UserId, *, after: date, until: date
) -> Mapping[date, AnswerCounts]:
    """How much was sent and answered for each day after `after` and up to `until`."""
    nudges = await session.execute(
        select(NudgeModel.day, func.count(NudgeModel.delivered_at), func.count(NudgeModel.responded_at))
        .where(NudgeModel.user_id == user_id, NudgeModel.day > after, NudgeModel.day <= until)
        .group_by(NudgeModel.day)
    )
    opening, answer = CompanionMessageModel, aliased(CompanionMessageModel)
    is_answered = exists().where(
        answer.user_id == opening.user_id,
        answer.character == opening.character,
        answer.author == Author.PERSON,
        answer.created_at > opening.created_at,
        answer.created_at <= opening.created_at + ANSWERED_WITHIN,
    )
    openings = await session.execute(
        select(opening.initiated_on, is_answered).where(
            opening.user_id == user_id, opening.initiated_on > after, opening.initiated_on <= until
        )
    )
    counts: dict[date, AnswerCounts] = {day: AnswerCounts(sent, answered) for day, sent, answered in nudges}
    for day, answered in openings:
        if day is not None:
            before = counts.get(day, AnswerCounts(0, 0))
            counts[day] = AnswerCounts(before.sent + 1, before.answered + bool(answered))
    return counts
