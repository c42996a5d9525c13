"""WhatsApp's host and stand-in: how they are built, and where they lie."""
