"""The headers of a job's later deliveries: what a record on a retry topic says beyond the event itself.

Spring Kafka's names where it has one, so that its tools read our retries.
"""

from uuid import UUID

from schemas.ids import derived_id

ATTEMPTS_HEADER = "retry_topic-attempts"
ORIGINAL_TIMESTAMP_HEADER = "retry_topic-original-timestamp"
ORIGIN_HEADER = "delight_origin"
DELIVERY_HEADER = "delight_delivery"
LIFE_HEADER = "delight_life"
# When an operator's retry began the present life, in milliseconds since the epoch: its age counts from there.
LIFE_BEGAN_HEADER = "delight_life-began"
JOB_ID_HEADER = "delight_job-id"
RETRY_HEADERS = frozenset(
    {
        ATTEMPTS_HEADER,
        ORIGINAL_TIMESTAMP_HEADER,
        ORIGIN_HEADER,
        DELIVERY_HEADER,
        LIFE_HEADER,
        LIFE_BEGAN_HEADER,
        JOB_ID_HEADER,
    }
)


def job_id_of_place(topic: str, partition: int, offset: int) -> UUID:
    """The id of the job of a record that names no readable event: its place is all that is known of it."""
    return derived_id("record", topic, str(partition), str(offset))
