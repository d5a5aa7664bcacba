"""Progress: essence, streaks and the Daily Consistency Index, as they stand now and day by day."""

from datetime import UTC, date, datetime
from enum import IntEnum
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Cursor, Limit, Person, Session
from api.responses import PERSON_ERRORS
from schemas.pages import Page
from schemas.progress import CalendarRead, DciHistoryRead, EssenceEntryRead, ProgressRead
from services import progress_history, progress_service

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


@router.get("/dci", summary="Read the Daily Consistency Index day by day, with its breakdown")
async def get_dci_history(
    person: Person,
    session: Session,
    window_days: Annotated[WindowDays, Query(description="Days of the history, and of each index.")] = WindowDays.MONTH,
) -> DciHistoryRead:
    return await progress_history.read_dci_history(
        session, person.user_id, window_days=window_days.value, now=datetime.now(UTC)
    )


@router.get("/calendar", summary="Read on which days missions were completed, by category")
async def get_calendar(
    person: Person,
    session: Session,
    first: Annotated[
        date | None, Query(alias="from", description="The first day; by default 90 days up to the last.")
    ] = None,
    last: Annotated[date | None, Query(alias="to", description="The last day, included; by default today.")] = None,
) -> CalendarRead:
    return await progress_history.read_calendar(session, person.user_id, first=first, last=last, now=datetime.now(UTC))


@router.get("/essence", summary="List the ledger of essence, newest first")
async def list_essence(
    person: Person, session: Session, limit: Limit = 20, cursor: Cursor = None
) -> Page[EssenceEntryRead]:
    return await progress_history.list_essence(session, person.user_id, limit=limit, cursor=cursor)
