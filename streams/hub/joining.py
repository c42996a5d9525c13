"""Joining a group: whether one may, and what one missed of it, in one step with hearing what comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from schemas.hub.frames import Joined, Refused, Wanted
from schemas.hub.groups import USE_GROUP, group_of, permitted
from streams.hub.fan_out import Message

if TYPE_CHECKING:
    from streams.hub.hub import Hub
    from streams.hub.session import Session

Cursor = Mapping[str, int]
"""The last offset that was told of each partition, by `TOPIC/PARTITION`."""


class Past(Protocol):
    """What was told before, kept for a while: the feed's half of joining."""

    epoch: str

    def ends(self, group: str) -> Cursor:
        """The cursor of whoever knows all that was told of the group so far."""

    def since(self, group: str, after: Cursor) -> Sequence[Message] | None:
        """What was told of the group behind the cursor; None: nobody knows that any more."""


def join(hub: Hub, session: Session, wanted: Wanted) -> None:
    """Answer a client that wants to hear a group."""
    group = group_of(wanted.group)
    if group is None:
        session.say(Refused(group=wanted.group, code="no_such_group", detail=USE_GROUP))
    elif not permitted(session.patterns, session.user, group):
        detail = "the token gives no right to this group: ask POST /api/ws-token for one that does"
        session.say(Refused(group=wanted.group, code="no_right", detail=detail))
    elif wanted.group not in session.groups and len(session.groups) >= hub.limits.groups:
        detail = f"a connection may be in {hub.limits.groups:,} groups: leave some first, or join `fleet`"
        session.say(Refused(group=wanted.group, code="too_many_groups", detail=detail))
    else:
        _admit(hub, session, wanted)


def _admit(hub: Hub, session: Session, wanted: Wanted) -> None:
    missed = _missed(hub, session, wanted)  # first: it may tell the fleet what is due, which moves the ends
    ends = hub.feed.ends(wanted.group)
    begun = wanted.after if missed is not None and wanted.after is not None else {}
    after = {where: begun.get(where, end) for where, end in ends.items()}
    recovered = None if wanted.after is None else missed is not None
    session.say(Joined(group=wanted.group, epoch=hub.feed.epoch, after=after, recovered=recovered))
    for message in missed or ():
        hub.fan_out.give(session, session.frame(message))
    if wanted.group not in session.groups:
        session.groups = (*session.groups, wanted.group)
        hub.fan_out.join(wanted.group, session)
    if session.pairs and (signal := hub.signals.newest(wanted.group)) is not None:
        hub.fan_out.give(session, session.frame(signal))


def _missed(hub: Hub, session: Session, wanted: Wanted) -> Sequence[Message] | None:
    """What the client missed; None: it is to load the state anew."""
    if wanted.after is None or wanted.epoch != hub.feed.epoch:
        return None
    waiting = session.unsent() + sum(map(len, session.pending))
    if waiting > hub.limits.replay_bytes:
        return None
    missed = hub.feed.since(wanted.group, wanted.after)
    if missed is None:
        return None
    return missed if waiting + sum(len(each.full) for each in missed) <= hub.limits.replay_bytes else None
