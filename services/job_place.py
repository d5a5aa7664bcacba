"""The place of a job in lists that show the last settled first, and the cursors that name it.

The job type is part of it: jobs of one event may have settled at the same moment, and a page may end between them.
"""

from datetime import datetime
from uuid import UUID

from models.job import JobModel
from services.paging import decode_cursor, encode_cursor

PLACE = (JobModel.finished_at, JobModel.event_id, JobModel.job_type)


def encode_place(row: JobModel) -> str:
    """The cursor of a page that ends with this job."""
    return f"{encode_cursor(row.finished_at, row.event_id)}.{row.job_type}"


def decode_place(cursor: str) -> tuple[datetime, UUID, str]:
    """The place that `cursor` names. Raises `InvalidRequest` when it is malformed."""
    place, _, job_type = cursor.partition(".")
    return *decode_cursor(place), job_type
