"""Tests of the WebSocket server."""
