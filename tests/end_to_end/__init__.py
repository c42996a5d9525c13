"""Tests of the whole, as people run it."""
