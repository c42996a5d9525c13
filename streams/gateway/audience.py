"""Those who wait for events of one partition, found by what an event is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from schemas.catalogue import UnknownTypeError, event_of
from schemas.envelope import EventEnvelope
from schemas.message import PartitionClaimed, PartitionReleased
from schemas.story import Told
from streams.gateway.hearing import Hearing

MARKERS = (PartitionClaimed.type, PartitionReleased.type)


class Audience:
    """Hearings by the request that is to be decided, and by key once it is."""

    def __init__(self, hearings: Iterable[Hearing] = ()) -> None:
        self._by_request = {hearing.story.request: hearing for hearing in hearings}
        self._by_key: dict[str, list[Hearing]] = {}

    def __iter__(self) -> Iterator[Hearing]:
        yield from self._by_request.values()
        for hearings in self._by_key.values():
            yield from hearings

    def join(self, others: Audience) -> None:
        """Take others in, who have heard all that came so far."""
        self._by_request |= others._by_request
        for key, hearings in others._by_key.items():
            self._by_key.setdefault(key, []).extend(hearings)

    def tell(self, offset: int, envelope: EventEnvelope) -> None:
        """Tell whom it concerns what comes next in the log."""
        for hearing in self._concerned(envelope):
            try:
                event = event_of(envelope.type, envelope.data)
            except (UnknownTypeError, ValidationError):
                return  # a newer writer's: whoever waits is told what this program knows
            hearing.take(Told(offset, envelope, event))
            self._follow(hearing)

    def forget(self, hearing: Hearing) -> None:
        """It is not waited for any more."""
        self._by_request.pop(hearing.story.request, None)
        some = self._by_key.get(hearing.key, [])
        if hearing in some:
            some.remove(hearing)
            if not some:
                del self._by_key[hearing.key]

    def _concerned(self, envelope: EventEnvelope) -> list[Hearing]:
        if envelope.type in MARKERS:
            return [hearing for some in self._by_key.values() for hearing in some]
        concerned = list(self._by_key.get(envelope.subject, ()))
        decided = None if envelope.decides is None else self._by_request.get(envelope.decides)
        return concerned if decided is None else [*concerned, decided]

    def _follow(self, hearing: Hearing) -> None:
        """From its fate on a request is followed by its key, to its end."""
        if hearing.over:
            self.forget(hearing)
        elif self._by_request.pop(hearing.story.request, None) is not None:
            self._by_key.setdefault(hearing.key, []).append(hearing)
