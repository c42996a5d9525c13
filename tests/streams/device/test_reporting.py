"""What a platform says by itself is recorded, and what it repeats is recorded once."""

from __future__ import annotations

import pytest

from schemas.device.body import Body
from schemas.device.lifecycle import MessageReceived
from schemas.device.requests import DeliveryReported, DeviceRegistrationRequested, MessageReported
from schemas.device.sends import DeliveryRecorded
from streams.device.reports import REMEMBERED, is_recorded, recorded
from streams.device.state import Device
from tests.streams.device.past import connected, registered, removed
from tests.streams.device.spec import EARLIER, nothing

NEW = nothing.given(registered())
GROUP = "120363000000000001@g.us"
STOP = MessageReported(provider_message_id="3A1", sender="6281", body=Body(text="STOP"), replies_to="3EB0", at=EARLIER)
STOPPED = MessageReceived(
    provider_message_id="3A1", sender="6281", body=Body(text="STOP"), replies_to="3EB0", at=EARLIER
)
READ = DeliveryReported(provider_message_id="3EB0", status="read", at=EARLIER)


def delivered(number: int) -> DeliveryRecorded:
    return DeliveryRecorded(provider_message_id=f"3EB{number}", status="delivered")


def test_a_delivery_is_recorded_whether_or_not_its_send_is_known() -> None:
    asked = DeliveryReported(provider_message_id="p", status="read", at=EARLIER, note="blue", by="6281")
    NEW.when(asked).then(DeliveryRecorded(provider_message_id="p", status="read", at=EARLIER, note="blue", by="6281"))
    NEW.given(DeliveryRecorded(provider_message_id="p", status="read")).next().then_waits(until=None)


def test_what_somebody_wrote_is_recorded_as_it_was_reported() -> None:
    NEW.when(STOP).then(STOPPED)
    more = {"chat": GROUP, "attached": "image", "shortened": True}
    asked = MessageReported(provider_message_id="3A1", sender="6281", body=Body(), **more)  # type: ignore[arg-type]
    NEW.when(asked).then(MessageReceived(provider_message_id="3A1", sender="6281", body=Body(), **more))  # type: ignore[arg-type]


def test_what_somebody_wrote_moves_nothing() -> None:
    NEW.given(*connected(), STOPPED).next().then_waits(until=None)


def test_a_message_that_is_reported_again_is_recorded_once() -> None:
    NEW.given(STOPPED).when(STOP).then_already_done("recorded")


def test_a_delivery_that_is_reported_again_is_recorded_once() -> None:
    NEW.given(DeliveryRecorded(provider_message_id="3EB0", status="read")).when(READ).then_already_done("recorded")


@pytest.mark.parametrize(
    "before",
    [
        MessageReceived(provider_message_id="3A1", sender="6282", body=Body(text="STOP")),
        MessageReceived(provider_message_id="3A1", sender="6281", chat=GROUP, body=Body(text="STOP")),
        MessageReceived(provider_message_id="3A2", sender="6281", body=Body(text="STOP")),
        MessageReceived(sender="6281", body=Body(text="STOP")),
    ],
)
def test_nobody_keeps_anothers_message_out_by_its_id(before: MessageReceived) -> None:
    NEW.given(before).when(STOP).then(STOPPED)


@pytest.mark.parametrize(
    "before",
    [
        DeliveryRecorded(provider_message_id="3EB0", status="delivered"),
        DeliveryRecorded(provider_message_id="3EB1", status="read"),
        DeliveryRecorded(provider_message_id="3EB0", status="read", by="6281"),
    ],
)
def test_another_delivery_is_recorded(before: DeliveryRecorded) -> None:
    NEW.given(before).when(READ).then(DeliveryRecorded(provider_message_id="3EB0", status="read", at=EARLIER))


def test_a_delivery_is_the_same_whether_or_not_its_send_was_named() -> None:
    named = DeliveryRecorded(message_id="0" * 32, provider_message_id="3EB0", status="read")
    NEW.given(named).when(READ).then_already_done("recorded")


def test_messages_without_an_id_are_all_recorded() -> None:
    event = MessageReceived(sender="6281", body=Body(text="hi"))
    assert not is_recorded(recorded(None, event), event)


def test_a_flood_of_deliveries_does_not_make_a_message_forgotten() -> None:
    flood = [delivered(number) for number in range(2 * REMEMBERED)]
    NEW.given(STOPPED, *flood).when(STOP).then_already_done("recorded")


def test_only_the_last_reports_are_remembered() -> None:
    reports = None
    for number in range(REMEMBERED + 1):
        reports = recorded(reports, delivered(number))
    assert [is_recorded(reports, delivered(number)) for number in (0, 1, REMEMBERED)] == [False, True, True]
    assert reports is not None
    assert len(reports.deliveries) == 17 * REMEMBERED


def test_a_device_that_is_registered_anew_remembers_what_was_reported() -> None:
    NEW.given(STOPPED, removed(), registered()).when(STOP).then_already_done("recorded")


def test_a_report_about_a_device_that_is_gone_is_refused() -> None:
    NEW.given(removed()).when(STOP).then_refused("unknown_device", "was removed")


def test_a_device_that_heard_nothing_remembers_nothing() -> None:
    assert Device().reports is None
    NEW.when(DeviceRegistrationRequested(driver="linked")).then_already_done("registered")
