"""Checks a log against the invariants, sharing no code with what wrote or read it."""
