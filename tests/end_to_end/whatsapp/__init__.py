"""WhatsApp through everything: requests in the log, worker, host, stand-in, and the events that have to come of it."""
