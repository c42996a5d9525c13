"""The WebSocket server: who is connected, what each may hear, and telling it. It knows the log and the sockets only."""
