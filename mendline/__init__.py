"""The front door: the only package that imports both sides."""
