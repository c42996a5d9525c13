"""What is read for the HTTP API: documents as dicts that orjson writes, page by page. No HTTP here."""
