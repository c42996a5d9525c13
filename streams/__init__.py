"""The write side: the only code that appends to the log."""
