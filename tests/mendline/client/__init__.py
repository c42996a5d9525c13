"""The Python client, against a node that is made up."""
