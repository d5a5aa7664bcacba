"""The embedded stack: real Kafka, PostgreSQL and Valkey as child processes, without containers, system Java or root."""
