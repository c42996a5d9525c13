"""The Python client over real nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mendline.client import (
    AsyncMendline,
    ChangedMeanwhileError,
    InvalidError,
    Mendline,
    NotAllowedError,
    NotDecidedError,
    NotFoundError,
    RefusedError,
    Send,
)
from tests.end_to_end.gateway.installation import Installation

Fresh = Callable[[str], str]
LIFE = ["device_removed", "device_changed", "device_resumed", "device_parked", "refresh_succeeded", "device_registered"]


@pytest.fixture
def mendline(installation: Installation, admin_key: str) -> Iterator[Mendline]:
    """A client that knows both nodes."""
    with Mendline([installation.address(0), installation.address(1)], admin_key) as client:
        yield client


@pytest.fixture
def phone(mendline: Mendline, fresh: Fresh) -> str:
    """A device of the fleet."""
    device_id = fresh("phone-")
    mendline.devices.add(device_id, "simulated-repeatable")
    return device_id


def test_a_send_is_waited_for_and_shown(mendline: Mendline, phone: str) -> None:
    sent = mendline.sends.send(phone, "+62811", "hello", wait="settled")
    shown = mendline.sends.show(sent.request_id)
    assert (sent.state, shown.state, shown.body.text) == ("accepted", "accepted", "hello")


def test_many_sends_are_found_at_once_page_by_page(mendline: Mendline, phone: str, fresh: Fresh) -> None:
    campaign = fresh("spring-")
    sent = mendline.sends.send_many(Send(phone, f"+62{n}", "hello", campaign=campaign) for n in range(5))
    found = list(mendline.sends.list(campaign=campaign, page_size=2))
    assert {each.request_id for each in found} == {each.request_id for each in sent}
    assert mendline.campaigns.show(campaign).sends == 5
    assert campaign in {each.campaign for each in mendline.campaigns.list()}


def test_the_same_send_asked_for_again_is_not_sent_again(mendline: Mendline, phone: str) -> None:
    one = Send(phone, "+62811", "hello")
    mendline.sends.send_many([one], wait="settled")
    (again,) = mendline.sends.send_many([one], wait="settled")
    assert (again.state, again.repeated) == ("accepted", True)
    assert mendline.sends.show(one.request_id).attempts == 1


def test_what_waits_is_taken_back_right_after_it_was_asked_for(mendline: Mendline, phone: str, fresh: Fresh) -> None:
    campaign = fresh("spring-")
    mendline.devices.park(phone, reason="new SIM card")
    first, *_ = mendline.sends.send_many(Send(phone, f"+62{n}", "hello", campaign=campaign) for n in range(3))
    assert mendline.sends.cancel(first.request_id).outcome == "send_cancelled"
    assert mendline.campaigns.cancel(campaign).cancelled == 2
    assert {each.state for each in mendline.sends.list(campaign=campaign)} == {"cancelled"}


def test_a_device_goes_through_its_life(mendline: Mendline, phone: str) -> None:
    assert mendline.devices.refresh(phone).outcome == "refresh_succeeded"
    assert mendline.devices.connection(phone).live
    assert [each.outcome for each in mendline.devices.refreshes(phone)] == ["succeeded"]
    mendline.devices.park(phone, reason="new SIM card")
    assert mendline.devices.show(phone).reason == "new SIM card"
    mendline.devices.resume(phone)
    mendline.devices.change(phone, name="Front desk")
    assert mendline.devices.show(phone).name == "Front desk"
    mendline.devices.remove(phone)
    assert mendline.devices.show(phone).state == "removed"
    assert phone not in {each.device_id for each in mendline.devices.list()}
    told = [each.type for each in mendline.devices.timeline(phone, page_size=4) if each.kind == "event"]
    assert [type_ for type_ in told if type_ in LIFE] == LIFE


def test_a_change_of_what_was_edited_meanwhile_is_refused(mendline: Mendline, phone: str) -> None:
    _, etag = mendline.devices.show_tagged(phone)
    mendline.devices.change(phone, name="Front desk", if_match=etag)
    mendline.devices.show(phone)
    with pytest.raises(ChangedMeanwhileError):
        mendline.devices.change(phone, name="Back office", if_match=etag)


def test_a_client_is_created_once_changed_and_removed(mendline: Mendline, fresh: Fresh) -> None:
    client_id, email = fresh("c-"), f"{fresh('ana-')}@example.com"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: mendline.clients.create("Ana", id=client_id, email=email), range(8)))
    assert all(each == made[0] for each in made)
    assert [each.id for each in mendline.clients.list(email=email)] == [client_id]
    shown, etag = mendline.clients.show_tagged(client_id)
    changed = mendline.clients.change(client_id, company="Ana & Co", user_id="u-7", if_match=etag)
    assert (shown.name, changed.company, changed.user_id) == ("Ana", "Ana & Co", "u-7")
    assert mendline.clients.remove(client_id).state == "removed"


def test_refusals_are_errors_with_the_servers_words(
    mendline: Mendline, fresh: Fresh, installation: Installation
) -> None:
    with pytest.raises(NotFoundError, match="unknown_device"):
        mendline.devices.resume(fresh("nobody-"))
    with pytest.raises(InvalidError) as invalid:
        mendline.sends.send("d-1", "")
    assert invalid.value.errors[0].where == "body"
    mendline.devices.add(platform := fresh("platform-"), "simulated-platform")
    with pytest.raises(RefusedError, match="platform_device"):
        mendline.devices.refresh(platform)
    with Mendline(installation.address(), "mdl_no_key") as stranger, pytest.raises(NotAllowedError):
        stranger.devices.show(platform)


def test_a_refresh_that_is_not_over_in_time_is_no_failure(mendline: Mendline, phone: str) -> None:
    with pytest.raises(NotDecidedError, match="refreshes"):
        mendline.devices.refresh(phone, timeout_s=0)


async def test_an_asynchronous_client_does_the_same(
    installation: Installation, admin_key: str, phone: str, fresh: Fresh
) -> None:
    campaign = fresh("spring-")
    async with AsyncMendline(installation.address(1), admin_key) as mendline:
        await mendline.sends.send(phone, "+62811", "hello", campaign=campaign, wait="settled")
        found = [each.state async for each in mendline.sends.list(campaign=campaign)]
    assert found == ["accepted"]
