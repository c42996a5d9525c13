"""Sessions of another program on whatsmeow: what its database has, and which of them Mendline can use."""
