"""What both ends of a WebSocket say: frames, groups, close codes, tokens. docs/hub.md is written for people."""
