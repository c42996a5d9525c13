"""Real faults on three brokers, three workers, a projector, a snapshotter, PostgreSQL, a fleet and a producer."""
