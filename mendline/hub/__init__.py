"""A node of the hub on real servers: settings in, connections held until it is told to stop."""
