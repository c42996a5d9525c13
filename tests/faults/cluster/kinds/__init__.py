"""The faults, a module for each thing that is harmed."""
