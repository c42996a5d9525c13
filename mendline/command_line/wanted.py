"""Which lines of the log somebody wants to see: by device, by type, by campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import filter as matching
from fnmatch import fnmatchcase

import typer

from projections.timeline_line import TimelineLine
from schemas.catalogue import EVENT_CLASSES
from schemas.connection.events import NodeRecorded
from schemas.message import RequestRefused


@dataclass(frozen=True, slots=True)
class Wanted:
    """devices, types: patterns, any of which a line has to match; none given: all do.

    Only a send's fate names its campaign, so the sends of one are remembered from there; refusals of what a campaign's
    file asked for are known by their ids. That a node of the hub is at work is said every 10 s: it has to be asked for.
    """

    devices: Sequence[str] = ()
    types: Sequence[str] = ()
    campaign: str | None = None
    _sends: set[tuple[str, int, int]] = field(default_factory=set)

    def takes(self, line: TimelineLine) -> bool:
        """Whether to show a line; every line has to be asked about, in the order of the log."""
        if line.type == NodeRecorded.type and not (self.devices or self.types):
            return False
        return self._of_campaign(line) and _matches(line.stream_id, self.devices) and _matches(line.type, self.types)

    def _of_campaign(self, line: TimelineLine) -> bool:
        if self.campaign is None:
            return True
        send, request = line.data.get("send"), line.data.get("request")
        named = (send if isinstance(send, dict) else line.data).get("campaign")
        if isinstance(request, int):
            key = (line.topic, line.partition, request)
            if named == self.campaign:
                self._sends.add(key)
            return key in self._sends
        return named == self.campaign or self._is_refusal(line)

    def _is_refusal(self, line: TimelineLine) -> bool:
        request_id = line.data.get("request_id")
        asked = isinstance(request_id, str) and request_id.startswith(f"{self.campaign}:")
        return asked and line.type == RequestRefused.type


def checked_type(pattern: str) -> str:
    """A pattern that some event's type matches."""
    if not matching(EVENT_CLASSES, pattern):
        near = get_close_matches(pattern, EVENT_CLASSES, n=1)
        hint = f"did you mean {near[0]}?" if near else "docs/messages.md lists them"
        raise typer.BadParameter(f"no event is called {pattern!r}: {hint}")
    return pattern


def _matches(text: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)
