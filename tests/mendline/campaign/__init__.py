"""Campaigns from files."""
