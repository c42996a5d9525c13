"""One partition's check: counts its events, and has each one that counts examined beside its request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from mendline.verify.checks.claims import Claims
from mendline.verify.checks.fates import Fates
from mendline.verify.comparison import Comparison, PartitionIntents
from mendline.verify.counting import CLAIMS, COUNTS, RELEASES, Counting, Standing
from mendline.verify.examination import Examination
from mendline.verify.figures import Totals
from mendline.verify.history import Record
from mendline.verify.limits import Limits
from mendline.verify.parsing import Json, json_in
from mendline.verify.place import Place, process_of
from mendline.verify.rules import Rule

MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What a rule raises on an event whose data has another form than its type."""


class PartitionCheck:
    """Takes one partition's requests and events in pieces, and checks events as far as their requests are there.

    whole: the events are kept from the first on.
    """

    def __init__(
        self,
        place: Place,
        limits: Limits,
        *,
        requests_begin: int,
        whole: bool,
        comparison: Comparison | None = None,
    ) -> None:
        self.place = place
        self._limits = limits
        self._whole = whole
        self._comparison = comparison
        self._intents = None if comparison is None else PartitionIntents()
        self._fates = Fates(place, requests_begin, known=whole)
        self._examination = Examination(place, limits, self._fates, self._intents, whole=whole)
        self._counting = Counting()
        self._claims = Claims(place)
        self._blocked: tuple[Record, Json] | None = None
        self._held: deque[Record] = deque()

    @property
    def waits(self) -> bool:
        """Whether it can not go on before it has been given more requests."""
        return self._blocked is not None

    def requests(self, records: Iterable[Record], position: int | None) -> None:
        """Take the requests before offset `position`, in log order; None: there are no more."""
        self._fates.give(records, position)
        if self._blocked is None or self._fates.lacks(self._blocked[1]):
            return
        (record, event), self._blocked = self._blocked, None
        self._examine(event, record.offset, record.key)
        held, self._held = self._held, deque()
        self.events(held)

    def events(self, records: Iterable[Record]) -> None:
        """Take the next events, in log order."""
        if self._blocked is not None:
            self._held.extend(records)
            return
        judge, fates, examine = self._counting.judge, self._fates, self._examine
        stream = iter(records)
        for record in stream:
            event, offset = json_in(record.value), record.offset
            standing = judge(offset, event)
            if standing is not COUNTS:
                self._mind_claim(standing, event, offset)
            elif "decides" in event and not fates.ended and fates.lacks(event):
                self._blocked = record, event
                self._held.extend(stream)
            else:
                examine(event, offset, record.key)

    def _examine(self, event: Json, offset: int, key: bytes | None) -> None:
        try:
            if self._claims.broken_at is not None:
                self._claims.continued(offset)
            self._examination.look_at(event, offset, key)
        except MALFORMED as error:
            self._unreadable(event, offset, error)

    def _mind_claim(self, standing: Standing, event: Json, offset: int) -> None:
        self.place.standings[standing] += 1
        try:
            if standing is CLAIMS:
                self._examination.end_claim(process_of(event["data"]))
                self._claims.claimed(event, offset, first_known=self._whole)
            elif standing is RELEASES:
                self._examination.end_claim(None)
                self._claims.released(event)
            else:
                self._claims.void(standing, event, offset)
        except MALFORMED as error:
            self._unreadable(event, offset, error)

    def _unreadable(self, event: Json, offset: int, error: Exception) -> None:
        sentence = f"{event.get('type')} lacks something, or has it in another form: {error!r}"
        self.place.violation(Rule.EVENT_UNREADABLE, sentence, offset)

    def finish(self, totals: Totals) -> None:
        """Add this partition to `totals`, now that there are no more records."""
        self._examination.finish()
        if self._comparison is not None and self._intents is not None:
            self._comparison.finish(self.place, self._intents.devices)
        totals.undecided += self._fates.finish(settled=self._limits.settled)
        totals.requests += self._fates.requests
        totals.gone += self._fates.gone
        totals.add(self.place, self._examination.devices.values())
