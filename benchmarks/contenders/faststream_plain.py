"""A FastStream subscriber as its documentation begins: one message at a time, acknowledged after the handler."""

import asyncio
from typing import Any

import asyncpg
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from benchmarks.contenders.job import DATABASE_URL, INSERT, KAFKA, TOPIC, row

broker = KafkaBroker(KAFKA or "127.0.0.1", logger=None)
app = FastStream(broker)


class Pool:
    current: asyncpg.Pool | None = None


@app.on_startup
async def open_pool() -> None:
    Pool.current = await asyncpg.create_pool(DATABASE_URL, min_size=4, max_size=10)


# Four consumers, one for each partition: the concurrency that this policy allows.
@broker.subscriber(
    TOPIC or "bench", group_id="faststream", ack_policy=AckPolicy.ACK, auto_offset_reset="earliest", max_workers=4
)
async def handle(data: dict[str, Any], message: KafkaMessage) -> None:
    assert Pool.current is not None
    await Pool.current.execute(INSERT, *row(data | {"id": message.headers["ce_id"]}))


if __name__ == "__main__":
    asyncio.run(app.run())
