"""Faults of real processes: workers, projectors, brokers and databases that are killed, stopped and started."""
