"""Sessions that were copied become devices: registered, and paired by method `import`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mendline.command_line.answers import Answer, Manner, Wish
from mendline.command_line.asking import answers_of, checked
from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.fates import in_words
from mendline.command_line.output import Format, say
from mendline.settings import Settings
from mendline.whatsapp.importing.verdicts import WHATSAPP
from schemas.message import Request, RequestRefused

AT_ONCE = 16
"""Fewer than may be paired at a time (MENDLINE_PAIRINGS): others want to pair, too."""
AGAIN_S = 1.0


def paired(
    settings: Settings, devices: Mapping[str, str], timeout_s: float, reason: str | None
) -> dict[str, str | None]:
    """Make each a device with its session (JID); of each JID why it is none, or None."""
    manner = Manner(timeout_s, Format.JSON, reason=reason, many=True)
    registration = checked("device_registration_requested", {"driver": WHATSAPP})
    problems: dict[str, str | None] = {}
    for some in _in_parts(devices):
        registered = answers_of(settings, [Wish(each, registration) for each in some], manner)
        problems |= {devices[device]: why for device, why in map(_problem, registered)}
        wanted = {each: devices[each] for each in some if problems[devices[each]] is None}
        asked = _asked_again(settings, wanted, manner, time.monotonic() + timeout_s)
        problems |= {devices[device]: why for device, why in map(_problem, asked)}
    return problems


def _asked_again(settings: Settings, devices: Mapping[str, str], manner: Manner, until: float) -> Iterator[Answer]:
    """What became of each pairing, those again that found too many others under way."""
    wishes = [Wish(device, _pairing_with(jid)) for device, jid in devices.items()]
    while wishes:
        answers = answers_of(settings, wishes, manner)
        busy = [each for each in answers if _is_refused(each, "busy")] if time.monotonic() < until else []
        yield from (each for each in answers if each not in busy)
        wishes = [each.wish for each in busy]
        if busy:
            say(f"{len(busy)} have to wait until others are paired")
            time.sleep(AGAIN_S)


def _pairing_with(jid: str) -> Request:
    return checked("device_pairing_requested", {"method": "import", "jid": jid})


def _in_parts(devices: Iterable[str]) -> Iterator[Sequence[str]]:
    whole = list(devices)
    yield from (whole[at : at + AT_ONCE] for at in range(0, len(whole), AT_ONCE))


def _is_refused(answer: Answer, reason: str) -> bool:
    return any(isinstance(each.event, RequestRefused) and each.event.reason == reason for each in answer.told)


def _problem(answer: Answer) -> tuple[str, str | None]:
    device = answer.asked.device_id
    if answer.code is ExitCode.DONE or _is_refused(answer, "device_exists"):
        return device, None
    return device, str(answer.unanswered) if answer.unanswered else in_words(answer.told[-1].event)
