"""Real faults on three brokers, three workers, a projector, PostgreSQL, a fleet and a producer."""
