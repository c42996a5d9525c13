"""WhatsApp through whatsmeow: a host process of its own, in Go, and what Python says to it."""
