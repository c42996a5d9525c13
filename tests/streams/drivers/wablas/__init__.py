"""The Wablas driver against a fake Wablas."""
