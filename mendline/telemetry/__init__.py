"""What every process tells of itself: metrics, health, logs and traces."""
