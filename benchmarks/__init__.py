"""Each goal's measurement, beside the peers it is compared with; figures in README.md here."""
