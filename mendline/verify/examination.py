"""Shows each event that counts to the rules."""

from __future__ import annotations

from dataclasses import dataclass

from mendline.verify.checks.acceptance import compare_repeat
from mendline.verify.checks.catalogue import CHECKS, Check
from mendline.verify.checks.connections import left_live
from mendline.verify.checks.decisions import REQUEST, Decisions
from mendline.verify.checks.fates import MALFORMED, REFUSED, Fates
from mendline.verify.checks.links import settle_pending
from mendline.verify.comparison import PartitionIntents
from mendline.verify.limits import Limits
from mendline.verify.parsing import Json
from mendline.verify.place import Place
from mendline.verify.rules import Rule
from mendline.verify.state import UNCERTAIN, WAITING, Device
from schemas.partitioner import partition_of

REFUSED_ELSEWHERE = ("wrong_partition", "wrong_key")
"""Why a refusal may stand in a partition that its device does not belong to."""

REPEATED = "send_repeated"


@dataclass(slots=True)
class Kind:
    """A type of event: the rules that look at it, and how many events of it count."""

    checks: tuple[Check, ...]
    count: int = 0


class Examination:
    """The events of one partition that count, one after the other, each with what is remembered of its device.

    whole: the events are kept from the first on; if not, devices count as known from their next registration on.
    """

    def __init__(self, place: Place, limits: Limits, fates: Fates, intents: PartitionIntents | None, *, whole: bool):
        self.devices: dict[bytes | None, Device] = {}
        self._place = place
        self._limits = limits
        self._fates = fates
        self._intents = intents
        self._whole = whole
        self._decisions = Decisions(place)
        self._time = ""
        self._kinds = {type_: Kind(checks) for type_, checks in CHECKS.items()}
        self._prefix = ""

    def look_at(self, event: Json, offset: int, key: bytes | None) -> None:
        """Hold the next event against every rule: the hot path, so looks come before calls (benchmarks/verify.py)."""
        type_, data, self._time = event["type"], event["data"], event["time"]
        device = self.devices.get(key) or self._meet(key)
        if event["subject"] != device.subject or event["id"] != self._prefix + event["sequence"]:
            self._mind_names(device, event, offset)
        if device.misplaced or type_ == REFUSED:
            self._mind_partition(device, type_, data, offset)
        if "decides" in event:
            self._look_at_fate(device, event, offset, key)
        elif event["cause"].startswith(REQUEST):
            self._decisions.go_on(event["cause"], offset)
        if device.pending is not None and offset > device.pending:
            settle_pending(device)
        kind = self._kinds.get(type_) or self._unknown(type_, device, offset)
        kind.count += 1
        for check in kind.checks:
            check(device, data, offset, event)
        if self._intents is not None:
            self._intents.look_at(device, type_, data, offset)

    def _unknown(self, type_: str, device: Device, offset: int) -> Kind:
        self._place.violation(Rule.EVENT_UNKNOWN, f"no event is called {type_!r}", offset, device=device.subject)
        return self._kinds.setdefault("(unknown)", Kind(()))

    def _look_at_fate(self, device: Device, event: Json, offset: int, key: bytes | None) -> None:
        decides = int(event["decides"])
        self._decisions.begin(decides, event["cause"], offset)
        asked = self._fates.look_at(event, decides, offset, key)
        if asked is not None and event["type"] in (REFUSED, REPEATED):
            compare_repeat(device, asked, event, offset)

    def _meet(self, key: bytes | None) -> Device:
        subject = "" if key is None else key.decode("utf-8", "replace")
        home = partition_of(key or b"", self._place.count)
        misplaced = subject != MALFORMED and home != self._place.partition
        device = Device(subject, self._place, self._limits, misplaced, known=self._whole)
        self.devices[key] = device
        return device

    def _mind_names(self, device: Device, event: Json, offset: int) -> None:
        """An event's id is its position; the topic in it may have another name where a log was restored."""
        place = f"/{self._place.partition}/{offset}"
        if event["subject"] == device.subject and event["id"].endswith(place):
            self._prefix = event["id"].removesuffix(str(offset))
            return
        sentence = f"the event calls itself {event['id']} of {event['subject']}, but its key is {device.subject}"
        self._place.violation(Rule.EVENT_KEY, sentence, offset)

    def _mind_partition(self, device: Device, type_: str, data: Json, offset: int) -> None:
        reason = data["reason"] if type_ == REFUSED else None
        if device.misplaced and reason not in REFUSED_ELSEWHERE:
            self._out_of_place(device, "does not belong", offset)
        elif reason == "wrong_partition" and not device.misplaced:
            self._out_of_place(device, "is refused as misplaced, but belongs", offset)

    def _out_of_place(self, device: Device, what: str, offset: int) -> None:
        sentence = f"{device.subject} {what} to partition {self._place.partition} of {self._place.count}"
        self._place.violation(Rule.EVENT_PARTITION, sentence, offset, device=device.subject)

    def end_claim(self, successor: str | None) -> None:
        """The claim ends; the process `successor` has the next one, None that nobody has."""
        for device in self.devices.values():
            settle_pending(device)
            device.end_claim(self._place.process, successor)

    def finish(self) -> None:
        """Look at what is left, now that there are no more events."""
        self._place.types.update({type_: kind.count for type_, kind in self._kinds.items()})
        for device in self.devices.values():
            settle_pending(device)
            left_live(device)
            if self._limits.settled:
                self._mind_settled(device)

    def _mind_settled(self, device: Device) -> None:
        for send in device.sends.values():
            waits = send.phase in (WAITING, UNCERTAIN)
            if not waits or (send.phase is WAITING and send.should_be_over(self._time)):
                sentence = f"{send} is {send.phase.value}"
                self._place.violation(Rule.UNSETTLED, sentence, device=device.subject, request=send.request)
