"""The documents that are asked for and answered over HTTP: for OpenAPI, for the Python client, for tests."""
