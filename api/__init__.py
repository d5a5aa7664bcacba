"""The edge: HTTP and SSE. It asks Postgres, writes actions to Kafka, and never runs an agent."""
