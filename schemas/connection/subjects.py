"""Whom a `stream_id` of these streams names: a user, or `node:ID`, a node of the hub."""

from __future__ import annotations

import re

NODE = "node:"
"""What the `stream_id` of every node begins with, and of no user."""
_SUBJECT = re.compile(NODE + "[A-Za-z0-9._-]{1,64}")


def subject_of_node(node: str) -> str:
    """The `stream_id` of a node."""
    return NODE + node


def node_of(subject: str) -> str | None:
    """The node that a `stream_id` names; None: it names a user."""
    return subject.removeprefix(NODE) if subject.startswith(NODE) else None


def is_node(subject: str) -> bool:
    """Whether a `stream_id` names a node by an id that nodes may have."""
    return _SUBJECT.fullmatch(subject) is not None
