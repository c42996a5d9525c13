"""One partition's check: counts its events, and shows each one that counts to the rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from mendline.verify.checks.acceptance import compare_repeat
from mendline.verify.checks.catalogue import CHECKS
from mendline.verify.checks.claims import Claims
from mendline.verify.checks.decisions import Decisions
from mendline.verify.checks.fates import MALFORMED, REFUSED, Fates
from mendline.verify.checks.links import settle_pending
from mendline.verify.comparison import Comparison, PartitionIntents
from mendline.verify.counting import Counting, Standing
from mendline.verify.figures import Totals
from mendline.verify.history import Record
from mendline.verify.limits import Limits
from mendline.verify.parsing import Json, event_in
from mendline.verify.place import Place
from mendline.verify.rules import Rule
from mendline.verify.state import Device, Phase
from schemas.partitioner import partition_of

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What a rule raises on an event whose data has another form than its type."""

REFUSED_ELSEWHERE = ("wrong_partition", "wrong_key")
"""Why a refusal may stand in a partition that its device does not belong to."""


class PartitionCheck:
    """Takes one partition's requests and events in pieces, and checks events as far as their requests are there.

    whole: the events are kept from the first on; if not, devices count as known from their next registration on.
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
        self.devices: dict[bytes | None, Device] = {}
        self._fates = Fates(place, requests_begin, known=whole)
        self._limits = limits
        self._whole = whole
        self._comparison = comparison
        self._intents = None if comparison is None else PartitionIntents()
        self._counting = Counting()
        self._claims = Claims(place)
        self._decisions = Decisions(place)
        self._blocked: tuple[Record, Json] | None = None
        self._held: deque[Record] = deque()
        self._time = ""

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
        self._show(record, event)
        held, self._held = self._held, deque()
        self.events(held)

    def events(self, records: Iterable[Record]) -> None:
        """Take the next events, in log order."""
        if self._blocked is not None:
            self._held.extend(records)
            return
        stream = iter(records)
        for record in stream:
            if self._take(record):
                self._held.extend(stream)

    def _take(self, record: Record) -> bool:
        """Judge the next event; whether it has to wait for its request."""
        event = event_in(record.value)
        if event is None:
            self.place.standings[Standing.UNREADABLE] += 1
            return False
        standing = self._counting.judge(record.offset, event)
        if standing is not Standing.COUNTS:
            self._mind_claim(standing, event, record.offset)
        elif "decides" in event and self._fates.lacks(event):
            self._blocked = record, event
            return True
        else:
            self._show(record, event)
        return False

    def _mind_claim(self, standing: Standing, event: Json, offset: int) -> None:
        self.place.standings[standing] += 1
        try:
            if standing is Standing.CLAIMS:
                self._end_claim(str(event["data"]["owner"]))
                self._claims.claimed(event, offset, first_known=self._whole)
            elif standing is Standing.RELEASES:
                self._end_claim(None)
                self._claims.released(event)
            else:
                self._claims.void(standing, event, offset)
        except UNREADABLE as error:
            self._unreadable(event, offset, error)

    def _end_claim(self, successor: str | None) -> None:
        for device in self.devices.values():
            settle_pending(device)
            device.end_claim(self.place.owner, successor)

    def _show(self, record: Record, event: Json) -> None:
        try:
            self._look_at(event, record.offset, record.key)
        except UNREADABLE as error:
            self._unreadable(event, record.offset, error)

    def _unreadable(self, event: Json, offset: int, error: Exception) -> None:
        sentence = f"{event.get('type')} lacks something, or has it in another form: {error!r}"
        self.place.violation(Rule.EVENT_UNREADABLE, sentence, offset)

    def _look_at(self, event: Json, offset: int, key: bytes | None) -> None:
        """Show an event that counts to every rule; the hot path (benchmarks/verify.py)."""
        type_, self._time = event["type"], event["time"]
        self.place.types[type_] += 1
        device = self.devices.get(key) or self._meet(key)
        if event["subject"] != device.subject or not event["id"].endswith(f"/{self.place.partition}/{offset}"):
            self._misnamed(event, offset, key)
        if device.misplaced or type_ == REFUSED:
            self._mind_partition(device, event, offset)
        self._claims.counted(offset)
        self._decisions.look_at(event, offset)
        if "decides" in event:
            asked = self._fates.look_at(event, offset, key)
            if asked is not None and (type_ == REFUSED or type_ == "send_repeated"):
                compare_repeat(device, asked, event, offset)
        if device.pending is not None and offset > device.pending:
            settle_pending(device)
        checks = CHECKS.get(type_)
        if checks is None:
            self.place.violation(Rule.EVENT_UNKNOWN, f"no event is called {type_!r}", offset, device=device.subject)
            return
        for check in checks:
            check(device, event["data"], offset, event)
        if self._intents is not None:
            self._intents.look_at(device, type_, event["data"], offset)

    def _meet(self, key: bytes | None) -> Device:
        subject = "" if key is None else key.decode("utf-8", "replace")
        misplaced = subject != MALFORMED and partition_of(key or b"", self.place.count) != self.place.partition
        device = Device(subject, self.place, self._limits, misplaced, known=self._whole)
        self.devices[key] = device
        return device

    def _misnamed(self, event: Json, offset: int, key: bytes | None) -> None:
        sentence = f"the event calls itself {event['id']} of {event['subject']}, but its key is {key!r}"
        self.place.violation(Rule.EVENT_KEY, sentence, offset)

    def _mind_partition(self, device: Device, event: Json, offset: int) -> None:
        reason = event["data"]["reason"] if event["type"] == REFUSED else None
        if device.misplaced and reason not in REFUSED_ELSEWHERE:
            self._out_of_place(device, "does not belong", offset)
        elif reason == "wrong_partition" and not device.misplaced:
            self._out_of_place(device, "is refused as misplaced, but belongs", offset)

    def _out_of_place(self, device: Device, what: str, offset: int) -> None:
        sentence = f"{device.subject} {what} to partition {self.place.partition} of {self.place.count}"
        self.place.violation(Rule.EVENT_PARTITION, sentence, offset, device=device.subject)

    def finish(self, totals: Totals) -> None:
        """Add this partition to `totals`, now that there are no more records."""
        settled = self._limits.settled
        for device in self.devices.values():
            settle_pending(device)
            if settled:
                self._mind_settled(device)
        if self._comparison is not None and self._intents is not None:
            self._comparison.finish(self.place, self._intents.devices)
        totals.undecided += self._fates.finish(settled=settled)
        totals.requests += self._fates.requests
        totals.gone += self._fates.gone
        totals.add(self.place, self.devices.values())

    def _mind_settled(self, device: Device) -> None:
        for send in device.sends.values():
            waits = send.phase in (Phase.WAITING, Phase.UNCERTAIN)
            if not waits or (send.phase is Phase.WAITING and send.should_be_over(self._time)):
                sentence = f"{send} is {send.phase.value}"
                self.place.violation(Rule.UNSETTLED, sentence, device=device.subject, request=send.request)
