"""`mendline send cancel` and `resolve`: a person's word about what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from mendline.command_line.answers import BY_SEND, Manner, Wish
from mendline.command_line.asking import ask_each
from mendline.command_line.confirming import confirm
from mendline.command_line.database import opened
from mendline.command_line.errors import NotFoundError
from mendline.command_line.naming import Named, named
from mendline.command_line.options import DryRun, Reason, Requests, SendDevice, Timeout, WaitByDefault, Yes
from mendline.command_line.output import Format, Output
from mendline.errors import InputInvalidError
from mendline.settings import Settings
from projections import queries
from schemas.device.requests import SendCancellationRequested, SendResolutionRequested
from schemas.message import Request

SEVERAL = 2


class Resolution(StrEnum):
    """What became of an uncertain send, or what to do about it."""

    SENT = "sent"
    SEND_AGAIN = "send_again"
    GIVE_UP = "give_up"


MEANT = {
    Resolution.SENT: "count {} as sent",
    Resolution.SEND_AGAIN: "send {} again, although it may have left already",
    Resolution.GIVE_UP: "give {} up, although it may not have left",
}


def cancel(
    context: typer.Context,
    sends: Requests,
    device: SendDevice = None,
    reason: Reason = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Cancel sends that wait, by their ids. Asks first: it cannot be undone. Exit code 1 where one is over already."""
    wanted = _confirmed(sends, "cancel {}", yes=yes or dry_run)
    requests = {each: SendCancellationRequested(request_id=each) for each in wanted.ids}
    _ask(context, wanted, device, requests, _manner(timeout if wait else None, output, reason, dry=dry_run))


def resolve(
    context: typer.Context,
    sends: Requests,
    resolution: Annotated[Resolution, typer.Option("--as", help="What became of them, or what to do.")],
    device: SendDevice = None,
    reason: Reason = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what became of uncertain sends, or what to do about them. Asks first: it cannot be undone."""
    wanted = _confirmed(sends, MEANT[resolution], yes=yes or dry_run)
    requests = {each: SendResolutionRequested(request_id=each, resolution=resolution.value) for each in wanted.ids}
    _ask(context, wanted, device, requests, _manner(timeout if wait else None, output, reason, dry=dry_run))


def _confirmed(sends: Sequence[str], meant: str, *, yes: bool) -> Named:
    wanted = named(sends)
    if wanted.ids:
        words = meant.format(wanted.ids[0] if len(wanted.ids) == 1 else f"{len(wanted.ids)} sends")
        confirm(f"{words[0].upper()}{words[1:]}?", yes=yes)
    return wanted


def _manner(timeout_s: float | None, output: Format, reason: str | None, *, dry: bool) -> Manner:
    return Manner(timeout_s, output, reason=reason, id=BY_SEND, dry=dry)


def _ask(
    context: typer.Context, wanted: Named, device: str | None, requests: Mapping[str, Request], manner: Manner
) -> None:
    devices = {each: device for each in wanted.ids} if device else asyncio.run(_devices(context.obj, wanted.ids))
    ask_each(context.obj, [Wish(devices[each], requests[each]) for each in wanted.ids], manner.of(wanted))


async def _devices(settings: Settings, ids: Sequence[str]) -> dict[str, str]:
    """The device of each send; raises NotFoundError, and InputInvalidError where one id has several."""
    async with opened(settings) as connection:
        found = {each: await queries.sends(connection, request_id=each, limit=SEVERAL) for each in ids}
    devices = {each: sorted({send.device_id for send in sends}) for each, sends in found.items()}
    if unknown := [each for each, on in devices.items() if not on]:
        raise NotFoundError(f"no send is called {', '.join(unknown)}: `mendline send list` shows the latest")
    for each, on in devices.items():
        if len(on) > 1:
            raise InputInvalidError(f"{each} was sent on {' and '.join(on)}: --device says which is meant")
    return {each: device for each, (device,) in devices.items()}
