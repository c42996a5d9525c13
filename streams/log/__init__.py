"""The log's edge: taking requests in, appending events, reading them back."""
