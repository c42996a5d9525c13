"""The fates of what a platform reports by itself: how far a message got, and what somebody wrote."""

from __future__ import annotations

from schemas.device import DeviceEvent
from schemas.device.lifecycle import MessageReceived
from schemas.device.requests import DeliveryReported, MessageReported
from schemas.device.sends import DeliveryRecorded
from streams.device.answers import already_done
from streams.device.facts import Asked
from streams.device.reports import is_recorded
from streams.device.state import Device

RECORDED = "recorded"


def decide_delivery(device: Device, asked: Asked, request: DeliveryReported) -> list[DeviceEvent]:
    """The fate of a `delivery_reported`; one about an unknown message is kept all the same."""
    event = DeliveryRecorded(
        message_id=request.message_id,
        provider_message_id=request.provider_message_id,
        status=request.status,
        at=request.at,
        note=request.note,
        by=request.by,
    )
    return _once(device, asked, event)


def decide_message(device: Device, asked: Asked, request: MessageReported) -> list[DeviceEvent]:
    """The fate of a `message_reported`."""
    event = MessageReceived(
        sender=request.sender,
        body=request.body,
        provider_message_id=request.provider_message_id,
        at=request.at,
        chat=request.chat,
        attached=request.attached,
        replies_to=request.replies_to,
        shortened=request.shortened,
    )
    return _once(device, asked, event)


def _once(device: Device, asked: Asked, event: DeliveryRecorded | MessageReceived) -> list[DeviceEvent]:
    if is_recorded(device.reports, event):
        return [already_done(asked, RECORDED)]
    return [event]
