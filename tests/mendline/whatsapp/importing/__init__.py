"""Sessions of other programs on whatsmeow: what is told of them, and how they are taken over."""
