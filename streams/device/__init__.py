"""The rules of a device: what is decided, what follows, what to do next. Pure."""
