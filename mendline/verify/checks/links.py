"""One refresh at a time, one live link at a time, each made by its own refresh or kept from before a claim."""

from __future__ import annotations

from mendline.verify.checks.presence import may_work
from mendline.verify.parsing import Json
from mendline.verify.rules import Rule
from mendline.verify.state import Device


def queued(device: Device, data: Json, offset: int, _event: Json) -> None:
    """A refresh may wait for its budget while none is open."""
    number: int = data["refresh"]
    _may_refresh(device, number, offset)
    device.queued = number


def started(device: Device, data: Json, offset: int, _event: Json) -> None:
    """A refresh starts under a new number, with none open, on no living link: that is closed in the same decision."""
    number: int = data["refresh"]
    _may_refresh(device, number, offset)
    if device.link is not None:
        device.replaced, device.pending = device.link, offset + 1
    device.refresh, device.refreshes = number, max(number, device.refreshes)
    device.queued = device.outlived = None


def _may_refresh(device: Device, number: int, offset: int) -> None:
    may_work(device, offset, f"refresh {number}")
    if not device.linked:
        device.violation(Rule.PLATFORM_REFRESHED, "a platform device has no link to refresh", offset)
    if device.refresh is not None:
        sentence = f"refresh {number} begins although refresh {device.refresh} is open"
        device.violation(Rule.REFRESH_TWICE, sentence, offset)
    if number <= device.refreshes:
        sentence = f"refresh {number} does not rise above {device.refreshes}"
        device.violation(Rule.REFRESH_NUMBER, sentence, offset)


def joined(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Only a refresh that is open, or waits for its budget, can be joined."""
    if data["refresh"] not in (device.refresh, device.queued):
        _not_open(device, data, offset, "joined")


def advanced(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Only an open refresh reaches a step."""
    if data["refresh"] != device.refresh:
        _not_open(device, data, offset, "advanced")


def succeeded(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Only an open refresh succeeds; the link it made is told next."""
    may_work(device, offset, f"refresh {data['refresh']}")
    if data["refresh"] != device.refresh:
        _not_open(device, data, offset, "succeeded")
    device.refresh = None
    device.succeeded, device.pending = data["refresh"], offset + 1


def failed(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Only a refresh that is open, or waits for its budget, fails."""
    if data["refresh"] not in (device.refresh, device.queued):
        _not_open(device, data, offset, "failed")
    device.refresh = device.queued = None


def _not_open(device: Device, data: Json, offset: int, what: str) -> None:
    opened = "none is" if device.refresh is None else f"{device.refresh} is"
    device.violation(Rule.REFRESH_NOT_OPEN, f"refresh {data['refresh']} {what}, but {opened} open", offset)


def connected(device: Device, data: Json, offset: int, _event: Json) -> None:
    """A link comes of the refresh that has just succeeded, or outlived the claim before."""
    link: int = data["link"]
    if device.link is not None:
        device.violation(Rule.LINK_TWICE, f"link {link} lives beside link {device.link}", offset)
    if data["how"] == "kept":
        _kept(device, link, offset)
    else:
        _made(device, link, offset)
    device.link, device.outlived, device.succeeded = link, None, None


def _made(device: Device, link: int, offset: int) -> None:
    may_work(device, offset, f"link {link}")
    if device.succeeded != link:
        sentence = f"link {link} is told, but the event before is not the success of refresh {link}"
        device.violation(Rule.LINK_UNMADE, sentence, offset)


def _kept(device: Device, link: int, offset: int) -> None:
    expected = (link, device.place.process)
    if device.outlived != expected:
        lived = "none of its process's did" if device.outlived is None else f"its process had link {device.outlived[0]}"
        sentence = f"{device.place.owner} kept link {link} over its claim, but {lived}"
        device.violation(Rule.LINK_KEPT, sentence, offset)


def disconnected(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Only the live link ends, or one that had outlived a claim."""
    link: int = data["link"]
    outlived = device.outlived is not None and device.outlived[0] == link
    if link != device.link and not outlived:
        lives = "none" if device.link is None else f"link {device.link}"
        device.violation(Rule.LINK_UNKNOWN, f"link {link} ends, but {lives} lives", offset)
    device.link = device.outlived = device.replaced = None


def settle_pending(device: Device) -> None:
    """What the next event had to bring did not come: the end of a replaced link, or the link of a success."""
    if device.pending is None:
        return
    offset = device.pending - 1
    if device.replaced is not None:
        sentence = f"refresh {device.refresh} begins although link {device.replaced} lives and is not closed next"
        device.violation(Rule.LINK_TWICE, sentence, offset)
    if device.succeeded is not None:
        sentence = f"refresh {device.succeeded} succeeded, but its link is not told next"
        device.violation(Rule.LINK_UNMADE, sentence, offset)
    device.pending = device.replaced = device.succeeded = None
