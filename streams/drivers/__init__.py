"""Drivers: what talks to one kind of device or platform."""
