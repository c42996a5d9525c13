"""Every request has exactly one fate: of its own subject, of a kind that answers it, saying what was asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from mendline.verify.history import Record
from mendline.verify.parsing import Json, instant, request_in
from mendline.verify.place import Place
from mendline.verify.rules import Rule

MALFORMED = "(malformed)"
REFUSED = "request_refused"
DONE = "request_already_done"

FATES: Mapping[str, frozenset[str]] = {
    "send_requested": frozenset({"send_attempted", "send_queued", "send_repeated"}),
    "send_cancellation_requested": frozenset({"send_cancelled", "campaign_cancelled", DONE}),
    "send_resolution_requested": frozenset({"send_resolved", DONE}),
    "refresh_requested": frozenset({"refresh_started", "refresh_queued", "refresh_joined", DONE}),
    "device_registration_requested": frozenset({"device_registered", DONE}),
    "device_change_requested": frozenset({"device_changed", DONE}),
    "device_removal_requested": frozenset({"device_removed", DONE}),
    "device_park_requested": frozenset({"device_parked", DONE}),
    "device_resume_requested": frozenset({"device_resumed", DONE}),
    "device_pairing_requested": frozenset({"device_pairing_started", DONE}),
    "device_unpairing_requested": frozenset({"device_unpaired", "device_pairing_failed", DONE}),
    "delivery_reported": frozenset({"delivery_recorded", DONE}),
    "message_reported": frozenset({"message_received", DONE}),
    "outcome_reported": frozenset(
        {
            "send_returned",
            "send_accepted",
            "send_rejected",
            "send_deferred",
            "send_reconciling",
            "send_uncertain",
            "send_resolved",
            DONE,
        }
    ),
    "uniqueness_answered": frozenset(
        {
            "device_paired",
            "device_pairing_failed",
            "client_created",
            "client_creation_rejected",
            "client_changed",
            "client_change_rejected",
            "value_release_recorded",
            DONE,
        }
    ),
    "client_creation_requested": frozenset(
        {"client_creation_started", "client_creation_joined", "client_created", DONE}
    ),
    "client_change_requested": frozenset({"client_change_started", "client_changed", DONE}),
    "client_removal_requested": frozenset({"client_removal_started", "client_removed", DONE}),
    "claim_requested": frozenset({"value_claimed", "claim_repeated", "claim_refused"}),
    "release_requested": frozenset({"value_released", "release_repeated"}),
    "key_creation_requested": frozenset({"key_created", DONE}),
    "key_revocation_requested": frozenset({"key_revoked", DONE}),
    "connection_requested": frozenset({"connection_opened", DONE}),
    "connection_close_requested": frozenset({"connection_closed", DONE}),
    "group_join_requested": frozenset({"group_joined", DONE}),
    "group_leave_requested": frozenset({"group_left", DONE}),
    "node_seen": frozenset({"node_recorded"}),
    "node_loss_requested": frozenset({"node_recorded", DONE}),
}
"""What may answer a request, beside `request_refused`."""

NAMES_ITS_SEND = frozenset({"send_attempted", "send_queued"})


class Fates:
    """The requests of a partition beside their fates, in step.

    position: requests before it have been given. decided: offset of the last request that was decided.
    """

    def __init__(self, place: Place, begin: int, *, known: bool) -> None:
        self.position = begin
        self.ended = False
        self.decided = -1 if known else None
        self.requests = 0
        self.gone = 0
        self._place = place
        self._begin = begin
        self._waiting: deque[Record] = deque()

    def give(self, records: Iterable[Record], position: int | None) -> None:
        """Take the next requests, up to offset `position`; None: there are no more."""
        self._waiting.extend(records)
        if position is None:
            self.ended = True
        else:
            self.position = position

    def lacks(self, event: Json) -> bool:
        """Whether the request that `event` decides has not been given yet, but may be."""
        decides = str(event["decides"])
        return not self.ended and decides.isdecimal() and int(decides) >= self.position

    def look_at(self, event: Json, decides: int, offset: int, key: bytes | None) -> Json | None:
        """Check a fate against the request it decides; the request, where it can be read."""
        if self.decided is not None and decides <= self.decided:
            sentence = f"request {decides} is decided after request {self.decided}"
            self._place.violation(Rule.FATE_TWICE, sentence, offset, request=decides)
            return None
        waiting = self._waiting
        lies = (bool(waiting) and waiting[0].offset == decides) or self._reach(decides, offset)
        self.decided = decides
        if not lies:
            return None
        self.requests += 1
        record = waiting.popleft()
        asked = request_in(record)
        self._compare(record, asked, event, offset, key)
        return asked

    def _reach(self, decides: int, offset: int) -> bool:
        """Pass over the requests before, which have no fate; whether the one that is decided lies there."""
        waiting = self._waiting
        while waiting and waiting[0].offset < decides:
            passed = waiting.popleft()
            self.requests += 1
            if self.decided is not None:
                sentence = f"request {passed.offset} has no fate, but {decides} after it has"
                self._place.violation(Rule.FATE_MISSING, sentence, offset, request=passed.offset)
        if waiting and waiting[0].offset == decides:
            return True
        if decides < self._begin:
            self.gone += 1
        else:
            sentence = f"request {decides} is decided, but no record lies there"
            self._place.violation(Rule.FATE_UNASKED, sentence, offset, request=decides)
        return False

    def _compare(self, record: Record, asked: Json | None, event: Json, offset: int, key: bytes | None) -> None:
        type_ = event["type"]
        if key != record.key and not (type_ == REFUSED and _stands_in(event["subject"], asked)):
            sentence = f"the fate is of {event['subject']}, but its request of {record.key!r}"
            self._place.violation(Rule.FATE_SUBJECT, sentence, offset, request=record.offset)
        if type_ == REFUSED:
            return
        if asked is None or type_ not in FATES.get(asked["type"], ()):
            what = "a request that cannot be read" if asked is None else asked["type"]
            sentence = f"{type_} is no answer to {what}"
            self._place.violation(Rule.FATE_KIND, sentence, offset, request=record.offset)
        elif type_ in NAMES_ITS_SEND:
            self._compare_send(asked, event["data"], offset, record.offset)

    def _compare_send(self, asked: Json, data: Json, offset: int, request: int) -> None:
        """What is said to be sent is what was asked for."""
        if data["request"] != request or data["request_id"] != asked["id"]:
            sentence = f"the fate is of send {data['request']} ({data['request_id']})"
            self._place.violation(Rule.FATE_CONTENT, sentence, offset, request=request)
        if _differs(asked["data"], data["send"]):
            sentence = "what is to be sent, to whom, or when, is not what was asked for"
            self._place.violation(Rule.FATE_CONTENT, sentence, offset, request=request)

    def finish(self, *, settled: bool) -> int:
        """How many requests are not decided, now that there are no more events."""
        left = len(self._waiting)
        if settled:
            for record in self._waiting:
                sentence = f"request {record.offset} is not decided"
                self._place.violation(Rule.UNSETTLED, sentence, request=record.offset)
        self.requests += left
        self._waiting.clear()
        return left


def _stands_in(subject: str, asked: Json | None) -> bool:
    return subject == MALFORMED or (asked is not None and subject == asked.get("subject"))


def _differs(asked: Json, said: Json) -> bool:
    return bool(
        asked["to"] != said["to"]
        or asked.get("campaign") != said["campaign"]
        or not _same_body(asked["body"], said["body"])
        or not _same_time(asked.get("not_before"), said["not_before"])
        or (asked.get("expires_at") is not None and not _same_time(asked["expires_at"], said["expires_at"]))
    )


def _same_body(asked: Json, said: Json) -> bool:
    if asked.get("text", "") != said.get("text", ""):
        return False
    return asked.get("media") == said.get("media") or file_in(asked) == file_in(said)


def file_in(body: Json) -> tuple[Any, ...] | None:
    """What a body's medium is, if it has one."""
    media = body.get("media")
    return media and (media.get("kind"), media.get("url"), media.get("filename"))


def _same_time(asked: str | None, said: str | None) -> bool:
    return asked == said or (asked is not None and said is not None and instant(asked) == instant(said))
