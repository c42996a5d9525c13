"""Who may write a partition of an events topic, and what it decides there."""
