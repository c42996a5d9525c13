"""The parts of the HTTP API."""
