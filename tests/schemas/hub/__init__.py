"""Tests of what both ends of a WebSocket say."""
