"""Mistakes in deciding: which send leaves, when, and what is made of an answer."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Any

from schemas.device import DeviceEvent
from schemas.device import outcomes as o
from schemas.device.sends import SendReturned
from streams.device import sending, settling, way
from streams.device.facts import Entry, Facts, SendEnded
from streams.device.state import Device, Open
from streams.ownership.book import Book
from streams.ownership.owner import Owner
from streams.ownership.queue import DeviceQueue
from tests.faults.simulation.planting import Mistakes, Patch, nothing
from tests.streams.ownership.queues import in_order


def _not_found_is_not_sent() -> Patch:
    def settle(device: Device, opened: Open, outcome: o.SendOutcome, at: datetime, facts: Facts) -> list[DeviceEvent]:
        if isinstance(outcome, o.NotFound):
            again = SendReturned(
                request=opened.request, request_id=opened.request_id, attempt=opened.attempt, reason="not_found"
            )
            return [again]
        return settle_reconciling(device, opened, outcome, at, facts)

    settle_reconciling = settling._settle_reconciling
    return settling, "_settle_reconciling", settle


def _no_answer_is_not_sent() -> Patch:
    def doubt(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> DeviceEvent:
        return SendReturned(request=opened.request, request_id=opened.request_id, attempt=opened.attempt, reason=reason)

    return settling, "_doubt", doubt


def _any_attempt_is_the_last() -> Patch:
    def decide(device: Device, ended: SendEnded, at: datetime, facts: Facts) -> list[DeviceEvent]:
        opened = device.open
        last = opened.attempt if opened is not None and opened.phase == "attempting" else ended.attempt
        return decide_ended(device, SendEnded(ended.message_id, last, ended.outcome), at, facts)

    decide_ended = settling.decide_send_ended
    return settling, "decide_send_ended", decide


def _the_newest_goes_first() -> Patch:
    def head(self: DeviceQueue, at: datetime) -> Entry | None:
        due = [entry for entry in in_order(self) if entry.due <= at]
        return max(due, key=lambda entry: entry.request, default=None)

    return DeviceQueue, "head", head


def _a_malformed_request_has_no_fate() -> Patch:
    def read_on(self: Owner, record: Any) -> None:
        if record.value and record.value.startswith(b"{") and b"no_such_request" not in record.value:
            decide(self, record)

    decide = Owner._request
    return Owner, "_request", read_on


def _parked_devices_send() -> Patch:
    def way_of(device: Device, to: str, at: datetime, facts: Facts) -> way.Obstacle | None:
        return obstacle(device._replace(parked=None), to, at, facts)

    obstacle = way.obstacle
    return sending, "obstacle", way_of


MISTAKES_ABOUT_SENDS: Mistakes = MappingProxyType(
    {
        "not found is read as not sent": _not_found_is_not_sent,
        "no answer is read as not sent": _no_answer_is_not_sent,
        "an outcome that is handed on settles whatever attempt runs": _any_attempt_is_the_last,
        "the newest waiting send goes first": _the_newest_goes_first,
        "request ids are forgotten": lambda: (Book, "seen", nothing),
        "a malformed request has no fate": _a_malformed_request_has_no_fate,
        "a parked device sends": _parked_devices_send,
    }
)
"""Each by what it does wrong."""
