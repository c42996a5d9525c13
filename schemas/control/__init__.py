"""The control streams: `control-requests` and `control-events`, keyed by what is controlled: `key:ID`, an API key."""
