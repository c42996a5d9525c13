"""Campaigns: many sends asked for from one file, once, however often the file is given."""
