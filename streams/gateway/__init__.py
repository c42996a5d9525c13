"""What a handler of the HTTP API does to write: appending requests, and hearing what becomes of them. No HTTP here."""
