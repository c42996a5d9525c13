"""The contract of both sides: messages, topics, catalogue, and which events count."""
