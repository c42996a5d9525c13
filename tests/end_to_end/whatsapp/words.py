"""Events in words: the type, and those fields that tell what happened and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TELLING: Mapping[str, tuple[str, ...]] = {
    "device_registered": ("driver",),
    "device_parked": ("reason",),
    "device_resumed": ("why",),
    "device_pairing_started": ("method",),
    "device_pairing_failed": ("why",),
    "device_unpaired": ("why",),
    "refresh_started": ("why",),
    "refresh_advanced": ("step",),
    "refresh_failed": ("outcome", "reason"),
    "device_connected": ("how",),
    "device_disconnected": ("why", "reason"),
    "send_queued": ("reason",),
    "send_attempted": ("attempt",),
    "send_returned": ("reason",),
    "send_rejected": ("reason",),
    "send_deferred": ("reason",),
    "send_uncertain": ("reason",),
    "send_resolved": ("resolution", "by"),
    "send_cancelled": ("reason",),
    "campaign_cancelled": ("sends",),
    "message_received": ("attached",),
    "delivery_recorded": ("status",),
    "request_refused": ("reason",),
    "request_already_done": ("reason",),
}


def in_words(type_: str, data: Mapping[str, Any]) -> str:
    """The event as scenarios write it; of a reason, what stands before its details."""
    told = [str(data[name]).partition(":")[0] for name in TELLING.get(type_, ()) if data.get(name) is not None]
    return f"{type_}: {', '.join(told)}" if told else type_


def repeats_a_question(type_: str, data: Mapping[str, Any]) -> bool:
    """Whether it is the fate of an answer that came once more: how often that is depends on the machine."""
    return type_ == "request_already_done" and data["request_type"] == "uniqueness_answered"
