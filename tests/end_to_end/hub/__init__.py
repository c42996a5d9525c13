"""The hub on real Kafka: a worker that decides, and nodes that hold connections."""
