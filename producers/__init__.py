"""What leaves for Kafka: events at the edge, and the outbox with its relay and scheduler behind it."""
