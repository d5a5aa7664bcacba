"""The stream follows the job rows: what is dead has its entry, what is not dead any more has none.

A crash between a transaction and Redis leaves the stream behind; `drop_settled` and `rebuild` make it right again.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import SessionFactory
from infra.dead_letters import DeadLetter, DeadLetterStore, place_of
from models.job import JobModel
from schemas.dead_letters import StreamRebuilt
from services.dead_letter_service import IS_DEAD, select_entries
from services.job_place import PLACE

# Whole records are in memory at once.
_CHUNK = 200

# When it died, the event, the job type: the order of the operators' list.
_Place = tuple[datetime, UUID, str]


async def rebuild(sessions: SessionFactory, store: DeadLetterStore) -> StreamRebuilt:
    """Make the stream what the job rows say, entry by entry; what is right already stays as it is.

    Raises what PostgreSQL and Redis raise; then it can simply be run again.
    """
    added = replaced = 0
    after: _Place | None = None
    while True:
        async with sessions() as session:
            letters, after = await _read_chunk(session, after)
        entries = await store.find([letter.place for letter in letters])
        stale = [one for one in letters if one.place in entries and entries[one.place].fields != one.fields()]
        missing = [one for one in letters if one.place not in entries]
        await store.remove(letter.place for letter in stale)
        await store.add([*stale, *missing])
        added += len(missing)
        replaced += len(stale)
        if after is None:
            break
    # Afterwards, so that what was retried meanwhile goes too.
    removed = await drop_settled(sessions, store) + await _drop_strays(store)
    return StreamRebuilt(letters=await store.count(), added=added, replaced=replaced, removed=removed)


async def drop_settled(sessions: SessionFactory, store: DeadLetterStore) -> int:
    """Remove the entries of jobs that are not dead any more; returns how many there were."""
    # In this order: what is in the index was dead before, so that what is not dead afterwards is settled.
    places = [place async for some in store.scan_places() for place in some]
    columns = (JobModel.job_type, JobModel.topic, JobModel.partition, JobModel.offset, JobModel.life)
    async with sessions() as session:
        rows = await session.execute(select(*columns).where(IS_DEAD))
        dead = {place_of(*row) for row in rows}
    return await store.remove(place for place in places if place not in dead)


async def is_behind(session: AsyncSession, store: DeadLetterStore) -> bool:
    """Whether the stream has more or fewer entries than there are dead jobs. Cheap."""
    dead = await session.scalar(select(func.count()).select_from(JobModel).where(IS_DEAD))
    return dead != await store.count()


async def _drop_strays(store: DeadLetterStore) -> int:
    """Delete entries that the index does not know, such as those of a stream whose index was lost."""
    removed = 0
    async for entries in store.scan():
        known = await store.find_ids(list({entry.place for entry in entries}))
        strays = [entry.id for entry in entries if known.get(entry.place) != entry.id]
        await store.delete(strays)
        removed += len(strays)
    return removed


async def _read_chunk(session: AsyncSession, after: _Place | None) -> tuple[list[DeadLetter], _Place | None]:
    """The next dead letters in the order in which they died, and the place to go on from; None at the end."""
    later = [tuple_(*PLACE) > tuple_(*after)] if after is not None else []
    keys = (await session.execute(select(*PLACE).where(IS_DEAD, *later).order_by(*PLACE).limit(_CHUNK))).all()
    if not keys:
        return [], None
    last = (keys[-1].finished_at, keys[-1].event_id, keys[-1].job_type)
    letters = await select_entries(session, tuple_(*PLACE) <= tuple_(*last), *later)
    return letters, last if len(keys) == _CHUNK else None
