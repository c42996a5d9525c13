"""The real worker on a simulated log, fleet and clock: one seed gives one history, replayed exactly."""
