"""WhatsApp through a host process: the driver port, whose every connect and send is the host's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

from schemas.device.outcomes import (
    Advanced,
    NeedsPairing,
    NotConnected,
    Rejected,
    Uncertain,
)
from schemas.device.outcomes import Connected as Up
from streams.drivers.parting import parting
from streams.drivers.port import (
    Ask,
    Close,
    Connect,
    Done,
    Effect,
    Outcome,
    Pair,
    Record,
    Report,
    Send,
    Unpair,
    unrecorded,
)
from streams.drivers.under_way import UnderWay, call
from streams.drivers.whatsapp import protocol as p
from streams.drivers.whatsapp.host_process import HostProcess, Program
from streams.drivers.whatsapp.incoming import SentIds, told_by
from streams.drivers.whatsapp.outcomes import connect_outcome, link_report, pair_outcome, send_outcome, signal_of
from streams.drivers.whatsapp.traits import WHATSAPP
from streams.drivers.whatsapp.waiting import Awaited, Waiting

CRASHED = "host_crashed"
AWAY = "host_away"
CONNECT_MS = 25_000
ANSWER_MS = 30_000
NO_PAIRING = -1

log = logging.getLogger(__name__)


class WhatsAppDriver:
    """A worker's side of its host; the links are the host's and end with it.

    at_once: `open` starts the host, and waits for it; else the first device that needs it does. What makes links and
    sessions waits for a host as long as a connect may take.
    """

    name = "whatsapp"
    traits = WHATSAPP

    def __init__(
        self,
        program: Program,
        record: Record = unrecorded,
        *,
        connect_ms: int = CONNECT_MS,
        answer_ms: int = ANSWER_MS,
        elsewhere: Callable[[p.ToWorker], None] = lambda _: None,
        at_once: bool = True,
    ) -> None:
        self.host = HostProcess(program, self._received, self._lost, self._entered)
        self._at_once = at_once
        self._connect_ms = connect_ms
        self._answer_ms = answer_ms
        self._elsewhere = elsewhere
        """Takes what is said of no device: the host's figures."""
        self._record = record
        self._sent = SentIds()
        self._under_way = UnderWay()
        self._waiting = Waiting(self._give_up)

    def listen(self, report: Report) -> None:
        """Say where reports about links go."""
        self._under_way.listen(report)

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""
        at_once = without_host(effect)
        for ended in self._waiting.ended_by(effect):
            asyncio.get_running_loop().call_soon(self._under_way.part_one, ended, "closed")
        if isinstance(effect, Ask) or at_once is not None or not self._comes(effect):
            asyncio.get_running_loop().call_soon(call, done, at_once or away(effect))
            return
        number = self._under_way.begin(effect, done)
        if self.host.up:
            self.host.say(self._asked(number, effect, self._connect_ms))
        elif isinstance(effect, Awaited):
            self._waiting.add(number, effect, self._connect_ms / 1000)
            self.host.begin()

    def healthy(self, device_id: str, link: int) -> bool:
        """Whether the link is up, as far as the host has said."""
        return self._under_way.healthy(device_id, link)

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        return self._under_way.knows_chat(device_id, to)

    async def open(self) -> None:
        """Start the host, unless devices are to; raises HostMissingError and HostRefusedError."""
        if self._at_once:
            await self.host.open()

    async def close(self) -> None:
        """Answer what runs, and let the host close every link."""
        self._waiting.take()
        self._under_way.close()
        await self.host.close()

    def _comes(self, effect: Effect) -> bool:
        """Whether a host is there, or is waited for: a link's sends and its end are nothing without one."""
        return self.host.up or (isinstance(effect, Awaited) and not self.host.leaving)

    def _entered(self) -> None:
        for number, effect, left_s in self._waiting.take():
            self.host.say(self._asked(number, effect, int(left_s * 1000)))

    def _give_up(self, number: int) -> None:
        self._under_way.part_one(number, AWAY)

    def _asked(self, number: int, effect: Awaited | Send | Close, connect_ms: int) -> p.ToHost:
        match effect:
            case Connect(device_id, link, jid):
                return p.Connect(id=number, device_id=device_id, link=link, jid=jid or "", deadline_ms=connect_ms)
            case Send():
                return self._sending(number, effect)
            case Close(device_id, link):
                return p.Close(id=number, device_id=device_id, link=link)
            case Pair(device_id, pairing, method, phone, jid):
                number_of_phone = (phone or "") if method == "code" else ""
                return p.Pair(id=number, device_id=device_id, pairing=pairing, phone=number_of_phone, jid=jid or "")
            case Unpair(device_id, under_way, jid):
                pairing = NO_PAIRING if under_way is None else under_way
                return p.Unpair(id=number, device_id=device_id, pairing=pairing, jid=jid or "")
            case _:
                assert_never(effect)

    def _sending(self, number: int, send: Send) -> p.Send:
        media = send.body.media
        self._sent.add(send.message_id)
        return p.Send(
            id=number,
            device_id=send.device_id,
            link=send.link or 0,
            message_id=send.message_id,
            attempt=send.attempt,
            to=send.to,
            text=send.body.text,
            media=media.kind if media else "",
            media_url=media.url if media else "",
            media_name=(media.filename or "") if media else "",
            timeout_ms=self._answer_ms,
        )

    def _received(self, message: p.ToWorker) -> None:
        match message:
            case p.Connected(id=number, jid=jid):
                self._under_way.answered(number, Up(jid=jid))
            case p.ConnectFailed(id=number):
                self._under_way.answered(number, connect_outcome(message))
            case p.Sent(id=number) | p.NotSent(id=number):
                self._under_way.answered(number, send_outcome(message, datetime.now(UTC)))
            case p.Closed(id=number):
                self._under_way.answered(number, None)
            case p.Unpaired(id=number):
                warn_of(message)
                self._under_way.answered(number, None)
            case p.Paired(id=number) | p.PairFailed(id=number):
                self._under_way.answered(number, pair_outcome(message))
            case _:
                self._heard(message)

    def _heard(self, message: p.ToWorker) -> None:
        """Take in what answers nothing."""
        match message:
            case p.PairingSignal(device_id=device_id, pairing=pairing):
                self._under_way.shown(device_id, pairing, signal_of(message))
            case p.Advanced(device_id=device_id, link=link, step=step):
                self._under_way.said(device_id, link, Advanced(step=step))
            case p.LinkEnded(device_id=device_id, link=link):
                self._under_way.said(device_id, link, link_report(message))
            case p.Receipt() | p.Incoming():
                self._told(message)
            case _:
                call(self._elsewhere, message)

    def _told(self, said: p.Receipt | p.Incoming) -> None:
        """Have it recorded, all of it before WhatsApp is told that it arrived."""
        told = told_by(said, self._sent)
        left = len(told)

        def recorded() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self.host.say(p.Noted(id=said.id))

        if not told:
            self.host.say(p.Noted(id=said.id))
        for each in told:
            call(self._record, said.device_id, each, recorded)

    def _lost(self) -> None:
        self._waiting.take()
        self._under_way.lost(CRASHED)


def warn_of(said: p.Unpaired) -> None:
    """Tell what is left of a session that WhatsApp was not told of: only the phone can end it now."""
    if said.detail and not said.told:
        words = "%s is unpaired, and WhatsApp was not told (%s): remove it on its phone, under linked devices"
        log.warning(words, said.device_id, said.detail)


def without_host(effect: Effect) -> Outcome:
    """Answer what needs no host; None: it needs one."""
    match effect:
        case Connect(jid=None):
            return NeedsPairing(reason="never_paired")
        case Ask():
            return Uncertain(reason="cannot_be_asked")
        case Send(body=body) if not (body.text or body.media):
            return Rejected(reason="bad_body")
        case _:
            return None


def away(effect: Effect) -> Outcome:
    """Say what becomes of an effect while no host is there: nothing of it leaves."""
    return NotConnected() if isinstance(effect, Send) else parting(effect, AWAY)
