"""How far each group has been told, so that nothing is told twice, and a reconnect asks for what was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.hub.frames import Changes, EventFrame, Joined, Wanted

AT_ONCE = 20
"""Groups a frame, so that it stays below the hub's 64 KB whatever their cursors."""

NOWHERE = -2
"""Before -1, which stands for an empty partition and has to be named, too: else what comes there first is missed."""


class Cursor:
    """Of one group: the highest offset of each partition, in one log."""

    def __init__(self) -> None:
        self._epoch: str | None = None
        self._offsets: dict[str, int] = {}

    def begin(self, joined: Joined) -> None:
        """Go on from there; where what was missed is lost, or it is another log, from there alone."""
        if joined.recovered is not True:
            self._offsets.clear()
        self._epoch = joined.epoch
        self.moves(joined.after)

    def moves(self, after: Mapping[str, int]) -> bool:
        """Go on to these offsets; whether one of them is new."""
        new = {where: offset for where, offset in after.items() if offset > self._offsets.get(where, NOWHERE)}
        self._offsets |= new
        return bool(new)

    def wanted(self, group: str) -> Wanted:
        """The group as `join` names it."""
        return Wanted(group=group, epoch=self._epoch, after=dict(self._offsets) if self._epoch is not None else None)


class Cursors:
    """Of all groups that are followed."""

    def __init__(self, groups: Sequence[str]) -> None:
        self._of = {group: Cursor() for group in groups}

    def is_new(self, frame: Joined | EventFrame | Changes) -> bool:
        """Whether somebody is to hear of it; from then on it is not new."""
        cursor = self._of.get(frame.group)
        if cursor is None:
            return False
        match frame:
            case Joined():
                cursor.begin(frame)
                return True
            case Changes():
                return cursor.moves(frame.after)
            case EventFrame():
                where, _, offset = frame.at.rpartition("/")
                return cursor.moves({where: int(offset)})

    def wanted(self) -> Sequence[Sequence[Wanted]]:
        """All groups, as many together as a frame may name."""
        each = [cursor.wanted(group) for group, cursor in self._of.items()]
        return [each[at : at + AT_ONCE] for at in range(0, len(each), AT_ONCE)] or [[]]
