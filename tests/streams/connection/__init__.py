"""What becomes of people's connections, and of nodes."""
