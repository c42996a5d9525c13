"""The command line: one module a command. stdout carries only the answer, messages go to stderr."""

from __future__ import annotations

from mendline.command_line.application import main

__all__ = ["main"]
