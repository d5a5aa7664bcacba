"""The ceiling of one process: `getmany` and one multi-row INSERT per batch; no decoding, no inbox, no job row.

Nobody who takes events from Kafka into PostgreSQL with this client can be faster without giving something up.
"""

import asyncio
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer

from benchmarks.contenders.job import DATABASE_URL, KAFKA, TOPIC

INSERT = "INSERT INTO bench_results (id, user_id, number) SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[])"


async def run() -> None:
    pool = await asyncpg.create_pool(DATABASE_URL, min_size=1, max_size=2)
    async with AIOKafkaConsumer(
        TOPIC, bootstrap_servers=KAFKA, group_id="ceiling", auto_offset_reset="earliest", enable_auto_commit=False
    ) as consumer:
        while True:
            batch = await consumer.getmany(timeout_ms=200, max_records=1_000)
            records = [record for of_partition in batch.values() for record in of_partition]
            if records:
                await pool.execute(
                    INSERT,
                    [uuid4() for _ in records],
                    [record.key.decode() for record in records],
                    [record.offset for record in records],
                )
                await consumer.commit()


if __name__ == "__main__":
    asyncio.run(run())
