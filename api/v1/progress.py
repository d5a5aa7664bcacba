"""Progress: essence, streaks and the Daily Consistency Index as they stand now."""

from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Person, Session
from api.responses import PERSON_ERRORS
from schemas.progress import ProgressRead
from services import progress_service

router = APIRouter(prefix="/api/v1/progress", tags=["progress"], responses=PERSON_ERRORS)


class WindowDays(IntEnum):
    WEEK = 7
    MONTH = 30
    QUARTER = 90


@router.get("", summary="Read essence, streaks and the Daily Consistency Index")
async def get_progress(
    person: Person,
    session: Session,
    window_days: Annotated[WindowDays, Query(description="Days that the index looks back.")] = WindowDays.MONTH,
) -> ProgressRead:
    return await progress_service.read_progress(
        session, person.user_id, window_days=window_days.value, now=datetime.now(UTC)
    )
