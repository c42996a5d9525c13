"""Snapshots of partitions: written by a process of their own, and found by whoever claims."""
