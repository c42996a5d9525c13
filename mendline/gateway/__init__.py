"""HTTP, and nothing else knows it: writes go through `streams.gateway`, reads through `projections.api`."""
