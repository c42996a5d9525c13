"""The HTTP API against a real log, database, worker and projector, over two nodes."""
