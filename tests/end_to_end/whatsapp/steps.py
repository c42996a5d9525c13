"""The steps of scenarios."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from mendline.whatsapp.phones import number_of
from schemas.device.body import Body
from schemas.device.requests import (
    DevicePairingRequested,
    DeviceParkRequested,
    DeviceRemovalRequested,
    DeviceResumeRequested,
    DeviceUnpairingRequested,
    RefreshRequested,
    SendCancellationRequested,
    SendRequested,
    SendResolutionRequested,
)
from schemas.message import Request
from tests.end_to_end.whatsapp.player import Player
from tests.end_to_end.whatsapp.scenario import Step


def ask(request: Request) -> Step:
    """Ask for something."""
    return lambda player: player.ask(request)


def send(
    name: str = "", to: str = "{to}", *, campaign: str | None = None, text: str = "hello", within_s: float | None = None
) -> Step:
    """Ask for a send; {to} stands for whom only this device writes to."""

    async def asked(player: Player) -> None:
        ends = None if within_s is None else datetime.now(UTC) + timedelta(seconds=within_s)
        body, whom = Body(text=text), to.format(to=player.to)
        await player.ask(SendRequested(to=whom, body=body, campaign=campaign, expires_at=ends), name)

    return asked


def cancel(name: str) -> Step:
    """Ask for the send of that name to be taken back."""
    return lambda player: player.ask(SendCancellationRequested(request_id=player.id_of(name)))


def resolve(name: str, resolution: Literal["sent", "send_again", "give_up"]) -> Step:
    """Say what became of the send of that name."""
    return lambda player: player.ask(SendResolutionRequested(request_id=player.id_of(name), resolution=resolution))


def until(words: str, count: int = 1) -> Step:
    """Wait until so many events of the device begin with these words."""
    return lambda player: player.until(words, count)


def until_other(device: str, words: str) -> Step:
    """Wait for an event of another scenario's device."""
    return lambda player: player.until(words, device=device)


def tell(what: str) -> Step:
    """Let something happen to the device's link (standin/control.go)."""

    async def told(player: Player) -> None:
        await player.stand_in.order("tell", what=what, devices=player.device)

    return told


def write(text: str, media: str = "", group: str = "") -> Step:
    """Let somebody write to the device, or to a group it is in."""

    async def written(player: Player) -> None:
        how = {name: told for name, told in (("media", media), ("group", group)) if told}
        await player.stand_in.order("write", text, number=player.to, to=player.jid, **how)

    return written


async def scan(player: Player) -> None:
    """Scan the QR code that is shown, with the device's own phone."""
    await player.stand_in.order("scan", await player.signal("qr"), number=player.number)


def scan_as(device: str) -> Step:
    """Scan the QR code that is shown, with another device's phone."""

    async def scanned(player: Player) -> None:
        await player.stand_in.order("scan", await player.signal("qr"), number=number_of(device))

    return scanned


async def type_code(player: Player) -> None:
    """Type the code that is shown into the device's own phone."""
    await player.stand_in.order("type", await player.signal("code"), number=player.number)


async def pair_by_code(player: Player) -> None:
    """Ask to be paired with the device's own phone by a code."""
    await player.ask(DevicePairingRequested(method="code", phone=player.number))


async def shown(player: Player) -> None:
    """Wait until a QR code is shown."""
    await player.signal("qr")


async def lose_session(player: Player) -> None:
    """Lose the session's row, as with an older backup."""
    await player.write("DELETE FROM whatsmeow_device WHERE jid LIKE %s")


async def damage_session(player: Player) -> None:
    """Leave a row that is no session: PostgreSQL would refuse that, had its check not been dropped."""
    await player.write("ALTER TABLE whatsmeow_device DROP CONSTRAINT whatsmeow_device_noise_key_check")
    await player.write("UPDATE whatsmeow_device SET noise_key = noise_key || '0' WHERE jid LIKE %s")


SEND, REFRESH = send(), ask(RefreshRequested())
PAIR, UNPAIR = ask(DevicePairingRequested()), ask(DeviceUnpairingRequested())
PARK, RESUME, REMOVE = ask(DeviceParkRequested()), ask(DeviceResumeRequested()), ask(DeviceRemovalRequested())
ACCEPTED = until("send_accepted")
PAIRING = (PAIR, scan, until("device_paired"))
