"""One live connection a user, the newest; and a lost node never comes back."""

from __future__ import annotations

from mendline.verify.parsing import Json, is_before
from mendline.verify.rules import Rule
from mendline.verify.state import Device


def opened(user: Device, data: Json, offset: int, _event: Json) -> None:
    """Where another was live, the next event says that it is replaced."""
    if len(user.connections) > 1:
        _twice(user, offset)
    if data["connection"] in user.connections:
        _unlike(user, f"{data['connection']} is opened although it is live", offset)
    user.connections = [*user.connections[-1:], data["connection"]]


def replaced(user: Device, data: Json, offset: int, _event: Json) -> None:
    """Only the live one is, by the one that was opened just before."""
    if user.connections != [data["connection"], data["by"]]:
        _unlike(user, f"{data['connection']} is replaced by {data['by']}, but live were {user.connections}", offset)
    user.connections = [data["by"]]
    user.known = True


def closed(user: Device, data: Json, offset: int, _event: Json) -> None:
    """Only the live one is."""
    _is_live(user, data, offset, "closed")
    user.connections = []
    user.known = True


def in_groups(user: Device, data: Json, offset: int, event: Json) -> None:
    """Only the live one joins and leaves groups."""
    _is_live(user, data, offset, event["type"])


def left_live(user: Device) -> None:
    """At the log's end."""
    if len(user.connections) > 1:
        _twice(user)


def recorded(node: Device, data: Json, offset: int, _event: Json) -> None:
    """A node that is lost stays so."""
    if node.lost:
        node.violation(Rule.NODE_LOST, "the node is seen although it was lost", offset)
    node.lost_at = data["lost_at"]


def lost(node: Device, _data: Json, offset: int, event: Json) -> None:
    """Once, and not before its time."""
    if node.lost or (node.lost_at is not None and is_before(event["time"], node.lost_at)):
        node.violation(Rule.NODE_LOST, "the node is lost again, or before its time", offset)
    node.lost = True


def _is_live(user: Device, data: Json, offset: int, what: str) -> None:
    if len(user.connections) > 1:
        _twice(user, offset)
    elif user.connections != [data["connection"]]:
        _unlike(user, f"{data['connection']}: {what}, but live was {user.connections or 'none'}", offset)


def _twice(user: Device, *offsets: int) -> None:
    sentence = f"{' and '.join(user.connections)} are live, and no event says that the older one was replaced"
    user.violation(Rule.CONNECTION_TWICE, sentence, *offsets)


def _unlike(user: Device, sentence: str, offset: int) -> None:
    user.violation(Rule.CONNECTION_NOT_LIVE, sentence, offset)
