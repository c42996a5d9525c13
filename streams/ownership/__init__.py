"""The owner of a partition: pure, fed with records and outcomes, answering with events and effects."""
