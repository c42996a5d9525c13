"""Which campaign an event is about, although only a send's fate says it."""

from __future__ import annotations

import pytest

from schemas.device.sends import CampaignCancelled, DeliveryRecorded, SendAttempted, SendRepeated
from schemas.message import Event, RequestAlreadyDone
from streams.hub.campaigns import REMEMBERED, CampaignSends, Unsaid
from tests.streams.hub.written import accepted, kept_event, queued


def told(*events: Event) -> tuple[CampaignSends, object]:
    """What was said of the last of these events."""
    sends, said = CampaignSends(), None
    for offset, event in enumerate(events):
        said = sends.of(kept_event(event, offset))
    return sends, said


ATTEMPTED = SendAttempted(request=7, request_id="r", attempt=1, message_id="0" * 32)


@pytest.mark.parametrize(
    "later",
    [
        ATTEMPTED,
        accepted(7),
        SendRepeated(request_id="r", first=7, settled=False),
        DeliveryRecorded(request=7, status="read"),
    ],
)
def test_what_comes_later_belongs_to_the_campaign_that_the_fate_said(later: Event) -> None:
    assert told(queued(7, "spring"), later)[1] == "spring"


def test_a_fate_that_is_an_attempt_says_it_too() -> None:
    attempted = SendAttempted(request=7, request_id="r", attempt=1, message_id="0" * 32, send=queued(7, "spring").send)
    assert told(attempted, accepted(7))[1] == "spring"


def test_a_campaign_that_is_cancelled_is_told_so() -> None:
    assert told(CampaignCancelled(campaign="spring", up_to=9, sends=3))[1] == "spring"


def test_a_text_that_looks_like_a_campaign_is_none() -> None:
    assert told(queued(7, None, '{"campaign":"spring","request":3}'), accepted(7))[1] is None


def test_a_send_whose_fate_was_read_without_a_campaign_has_none() -> None:
    assert told(queued(5, "spring"), queued(7), accepted(7))[1] is None


def test_of_a_send_from_before_the_beginning_it_is_not_said() -> None:
    assert told(accepted(4))[1] == Unsaid(4)
    assert told(queued(5, "spring"), accepted(4))[1] == Unsaid(4)


def test_what_is_learnt_is_known() -> None:
    sends, _ = told(accepted(4))
    sends.learn({4: "autumn", 3: None})
    assert sends.of(kept_event(accepted(4), 1)) == "autumn"
    assert sends.of(kept_event(accepted(3), 2)) is None


def test_the_campaigns_of_the_oldest_sends_are_forgotten_not_denied() -> None:
    sends, _ = told(*(queued(number, "spring") for number in range(REMEMBERED + 1)))
    assert sends.of(kept_event(accepted(0), 1)) == Unsaid(0)
    assert sends.of(kept_event(accepted(1), 2)) == "spring"


@pytest.mark.parametrize("other", [RequestAlreadyDone(reason="healthy"), DeliveryRecorded(status="read")])
def test_what_names_no_send_is_of_no_campaign(other: Event) -> None:
    assert told(other)[1] is None
