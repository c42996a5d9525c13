"""Deciding what a user's connections are asked: at most one is live, the newest by log order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from schemas.connection import ConnectionEvent
from schemas.connection import events as e
from schemas.connection import requests as r
from streams.connection.ended import has_ended, may_return, with_ended
from streams.connection.state import LINEAGE, Connection, User
from streams.ownership.asked import Asked

OVER = "this connection is over, and never comes back: connect anew"
AWAY = "a newer connection of this user has replaced the one to come back for, or a person ended it: do not come back"
NOT_LIVE = "this connection is not live: only a live one is in groups"
TOO_MANY = f"a connection is in {r.MOST_GROUPS} groups at most: leave some, or join `fleet`"


def decide_user(user: User, asked: Asked[r.UserRequest]) -> Sequence[ConnectionEvent]:
    """The fate of a request, and what follows it."""
    request = asked.request
    match request:
        case r.ConnectionRequested():
            return _decide_opening(user, asked, request)
        case r.ConnectionCloseRequested():
            return [_decide_closing(user.live, asked, request)]
        case r.GroupJoinRequested() | r.GroupLeaveRequested():
            if user.live is None or user.live.id != request.connection:
                return [asked.refused("not_live", NOT_LIVE)]
            return [_decide_groups(user.live, asked, request)]
        case _:
            assert_never(request)


def _decide_opening(
    user: User, asked: Asked[r.UserRequest], request: r.ConnectionRequested
) -> Sequence[ConnectionEvent]:
    live = user.live
    if live is not None and live.id == request.connection:
        return [asked.already_done("live")]
    if has_ended(user.ended, request.connection):
        return [asked.refused("not_live", OVER)]
    if request.returns is not None and not _may_return(user, request.returns):
        return [asked.refused("replaced", AWAY)]
    opened = e.ConnectionOpened(
        connection=request.connection, node=request.node, kind=request.kind, returns=request.returns
    )
    return [opened] if live is None else [opened, e.ConnectionReplaced(connection=live.id, by=request.connection)]


def _may_return(user: User, returns: str) -> bool:
    return (user.live is not None and returns in user.live.line) or may_return(user.ended, returns)


def _decide_closing(
    live: Connection | None, asked: Asked[r.UserRequest], request: r.ConnectionCloseRequested
) -> ConnectionEvent:
    if live is None or request.connection not in (None, live.id):
        return asked.already_done("closed")
    return e.ConnectionClosed(connection=live.id, why=request.why)


def _decide_groups(
    live: Connection, asked: Asked[r.UserRequest], request: r.GroupJoinRequested | r.GroupLeaveRequested
) -> ConnectionEvent:
    match request:
        case r.GroupLeaveRequested(groups=groups):
            if live.groups.isdisjoint(groups):
                return asked.already_done("left")
            return e.GroupLeft(connection=live.id, groups=groups)
        case r.GroupJoinRequested(groups=groups):
            if live.groups.issuperset(groups):
                return asked.already_done("joined")
            if len(live.groups.union(groups)) > r.MOST_GROUPS:
                return asked.refused("too_many_groups", TOO_MANY)
            return e.GroupJoined(connection=live.id, groups=groups)
        case _:
            assert_never(request)


def opened(user: User, event: e.ConnectionOpened) -> User:
    """What was live is over, for good; but its own client that came back may come back for it again."""
    before, returns = user.live, event.returns
    line: tuple[str, ...] = () if returns is None else (returns,)
    ended = user.ended
    if before is not None:
        line = before.line[-LINEAGE:] if returns in before.line else line
        ended = with_ended(ended, before.line, for_good=True)
    return User(Connection(event.connection, event.node, event.kind, stands_for=line), ended)


def closed(user: User, event: e.ConnectionClosed) -> User:
    """It is over; for good, where a person ended it."""
    if user.live is None:
        return user
    return User(None, with_ended(user.ended, user.live.line, for_good=event.why == "disconnected"))


def in_groups(user: User, event: e.GroupJoined | e.GroupLeft) -> User:
    """In some more groups, or some fewer."""
    live = user.live
    if live is None:
        return user
    after = live.groups.union(event.groups) if isinstance(event, e.GroupJoined) else live.groups - {*event.groups}
    return user._replace(live=live._replace(groups=after))
