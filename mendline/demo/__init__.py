"""The demonstration: a fleet that drops, thousands of requests from outside, the log's proof of what came of them."""
