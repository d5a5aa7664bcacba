"""The consumer runtime: a keyed-parallel consumer over aiokafka, with group settlement in PostgreSQL.

GroupRunner      polls, owns partitions, starts jobs, commits the watermark        (group_runner.py)
├─ Membership    the Kafka consumer: joining, rebalancing, committing, leaving     (membership.py)
├─ Partition     which offsets are done; the watermark up to which all are         (partition.py)
├─ Lanes         one job per key at a time, in order                               (lanes.py)
├─ Executor      one delivery → one Outcome                                        (executor.py, outcome.py)
└─ Settler       many outcomes → one transaction → dead letters and frames         (settler.py, settlement.py)
"""
