"""Effects under way in this process: started once, awaited by whoever owns their partition when they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from schemas.device.outcomes import Advanced, Connected, LinkReport, NotStarted, Unreachable
from schemas.device.pairing import CodeShown, QrShown, Signal
from streams.drivers.port import Ask, Close, Connect, Driver, Effect, Outcome, Pair, Send, Unpair
from streams.ownership.effects import Begin
from streams.worker.inbox import Ended
from streams.worker.pairings import Pairings

log = logging.getLogger(__name__)


class Desk(Protocol):
    """Whoever takes in what comes of a partition's effects."""

    def ended(self, effect: Effect, outcome: Outcome) -> None:
        """An effect is over."""

    def reported(self, device_id: str, link: int, report: LinkReport) -> None:
        """A driver says something of a link by itself."""


Running = tuple[str, int]
"""(message id, attempt) of a send, a repeat or an ask."""


@dataclass(slots=True)
class Place:
    """What runs and lives in this process for one partition.

    desk: takes outcomes now; None between two claims, when they are kept. gone: the partition is not ours any more.
    parting: closes a device's link that is only kept for the send that runs over it. pairings: those under way, and
    the ends of sessions that wait for what still runs over them.
    """

    desk: Desk | None = None
    gone: bool = False
    running: dict[str, Running] = field(default_factory=dict)
    connecting: dict[str, tuple[str, int]] = field(default_factory=dict)
    living: dict[str, tuple[str, int]] = field(default_factory=dict)
    closing: dict[str, int] = field(default_factory=dict)
    after_close: dict[str, tuple[int, Callable[[], None]]] = field(default_factory=dict)
    parting: dict[str, Callable[[], None]] = field(default_factory=dict)
    kept: list[Ended] = field(default_factory=list)
    pairings: Pairings = field(default_factory=Pairings)

    def begins(self) -> bool:
        """Whether a link is coming up, or a pairing under way."""
        return bool(self.connecting or self.pairings.running)

    def rests(self, device_id: str) -> bool:
        """Whether nothing of the device runs or lives."""
        return not any(device_id in busy for busy in (self.running, self.connecting, self.living, self.closing))


class EffectDesk:
    """Starts effects with their drivers and brings their outcomes to the partition's desk, across claims.

    stray: gets what comes of sends of a partition that is not ours any more: (partition, effect, outcome).
    signal: gets what a person has to be shown: (device, pairing, signal).
    """

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        stray: Callable[[int, Send | Ask, Outcome], None],
        signal: Callable[[str, int, Signal], None] = lambda *_: None,
    ) -> None:
        self._drivers = drivers
        self._stray = stray
        self._signal = signal
        self._places: dict[int, Place] = {}
        self._partition_of: dict[str, int] = {}
        for driver in drivers.values():
            driver.listen(self._reported)

    # Links, for owners

    def healthy(self, driver: str, device_id: str, link: int) -> bool:
        """The driver's last word about a link; the link of an unknown driver is never healthy."""
        found = self._drivers.get(driver)
        return found is not None and found.healthy(device_id, link)

    def knows_chat(self, driver: str, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        found = self._drivers.get(driver)
        return found is not None and found.knows_chat(device_id, to)

    # partitions come and go

    def place(self, partition: int) -> Place:
        """What runs here for a partition."""
        return self._places.setdefault(partition, Place())

    def sit(self, partition: int, desk: Desk) -> list[Ended]:
        """`desk` takes the partition's outcomes from now on; those kept since the last one left."""
        place = self.place(partition)
        place.desk, place.gone = desk, False
        kept, place.kept = place.kept, []
        return kept

    def stand_up(self, partition: int, *, gone: bool) -> None:
        """Nobody takes the partition's outcomes: they are kept, or with `gone` handed on to the next owner's log."""
        place = self.place(partition)
        place.desk, place.gone = None, gone
        if gone:
            kept, place.kept = place.kept, []
            for effect, outcome in kept:
                self._hand_on(partition, effect, outcome)

    def keep(self, partition: int, ended: Iterable[Ended]) -> None:
        """Outcomes that are not known to be in the log, for whoever takes the partition's outcomes next."""
        self.place(partition).kept += ended

    def running(self, partition: int) -> set[tuple[str, str, int]]:
        """Sends and asks that run here, or whose outcome is kept: (device, message id, attempt)."""
        place = self.place(partition)
        kept = {(e.device_id, e.message_id, e.attempt) for e, _ in place.kept if isinstance(e, Send | Ask)}
        return kept | {(device_id, *effect) for device_id, effect in place.running.items()}

    def living(self, partition: int) -> dict[str, int]:
        """Links that are up here, by device."""
        return {device_id: link for device_id, (_, link) in self.place(partition).living.items()}

    def busy(self, partition: int) -> bool:
        """Whether a send, an ask or a connect of the partition runs."""
        place = self.place(partition)
        return bool(place.running or place.connecting)

    def sending(self, partition: int) -> bool:
        """Whether a send or an ask of the partition runs."""
        return bool(self.place(partition).running)

    def cancel_connects(self, partition: int) -> None:
        """Close every link that is still coming up, and end every pairing."""
        place = self.place(partition)
        for device_id, (driver, link) in list(place.connecting.items()):
            self.start(partition, Begin(driver, Close(device_id, link)))
        for device_id, (driver, pairing) in list(place.pairings.running.items()):
            self.start(partition, Begin(driver, Unpair(device_id, pairing)))

    def close_links(self, partition: int, parting_s: float = 0.0) -> None:
        """Close every link of the partition; one that a send runs over when that has ended, in `parting_s` at most."""
        self.cancel_connects(partition)
        place = self.place(partition)
        for device_id, (driver, link) in list(place.living.items()):
            if parting_s and device_id in place.running:
                self._part(place, self._drivers[driver], Close(device_id, link), parting_s)
            else:
                self.start(partition, Begin(driver, Close(device_id, link)))
        if not parting_s:
            for close in list(place.parting.values()):
                close()

    def _part(self, place: Place, driver: Driver, close: Close, parting_s: float) -> None:
        device_id = close.device_id
        self._give_up_link(place, close)

        def end() -> None:
            if place.parting.get(device_id) is end:
                del place.parting[device_id]
                driver.start(close, lambda _: self._closed(place, device_id))

        place.parting[device_id] = end
        asyncio.get_running_loop().call_later(parting_s, end)

    def linked(self, partition: int) -> bool:
        """Whether a link is up, coming or closing, or a pairing under way."""
        place = self.place(partition)
        return bool(place.living or place.closing) or place.begins()

    # effects

    def start(self, partition: int, begin: Begin, still: Callable[[], bool] = lambda: True) -> None:
        """Begin an effect; its outcome comes to the partition's desk.

        still: whether it may yet be begun, asked again where a link has to be closed first (log-fence.md, 5).
        """
        effect = begin.effect
        driver = self._drivers.get(begin.driver)
        place = self.place(partition)
        if driver is None:
            self._ended(partition, place, effect, NotStarted())
            return
        match effect:
            case Send() | Ask():
                place.running[effect.device_id] = (effect.message_id, effect.attempt)
                driver.start(effect, lambda outcome: self._ended(partition, place, effect, outcome))
            case Connect():
                self._connect(partition, place, begin.driver, driver, effect, still)
            case Close():
                self._close(partition, place, driver, effect)
            case Pair():
                self._pair(partition, place, begin.driver, driver, effect)
            case Unpair():
                place.pairings.end(effect, driver, rests=place.rests(effect.device_id))

    def _pair(self, partition: int, place: Place, name: str, driver: Driver, effect: Pair) -> None:
        device_id, pairing = effect.device_id, effect.pairing
        self._partition_of[device_id] = partition
        made_here = effect.method != "import"
        if made_here:  # what is imported was there before: no end of a pairing may end it
            place.pairings.running[device_id] = (name, pairing)
        log.info("Pairing device %s: pairing %d, by %s", device_id, pairing, name, extra={"device_id": device_id})

        def ended(outcome: Outcome) -> None:
            place.pairings.ended(device_id, pairing)
            if place.desk is None and made_here:  # nobody waits for this session
                self.start(partition, Begin(name, Unpair(device_id, pairing)))
            self._ended(partition, place, effect, outcome)

        driver.start(effect, ended)

    def _connect(
        self, partition: int, place: Place, name: str, driver: Driver, effect: Connect, still: Callable[[], bool]
    ) -> None:
        def begin() -> None:
            if not still():
                self._connect_ended(partition, place, name, effect, NotStarted())
                return
            self._partition_of[effect.device_id] = partition
            about = {"device_id": effect.device_id}
            log.info("Refreshing WhatsApp device %s: link %d, by %s", effect.device_id, effect.link, name, extra=about)
            driver.start(effect, lambda outcome: self._connect_ended(partition, place, name, effect, outcome))

        place.connecting[effect.device_id] = (name, effect.link)
        if place.closing.get(effect.device_id):
            place.after_close[effect.device_id] = (effect.link, begin)  # a replaced link is closed first
        else:
            begin()

    def _connect_ended(self, partition: int, place: Place, name: str, effect: Connect, outcome: Outcome) -> None:
        if place.connecting.get(effect.device_id) == (name, effect.link):
            del place.connecting[effect.device_id]
        if isinstance(outcome, Connected):
            place.living[effect.device_id] = (name, effect.link)
            if place.desk is None:  # nobody waits for this link
                self.start(partition, Begin(name, Close(effect.device_id, effect.link)))
        self._ended(partition, place, effect, outcome)

    def _close(self, partition: int, place: Place, driver: Driver, effect: Close) -> None:
        device_id = effect.device_id
        waiting = place.after_close.get(device_id)
        if waiting is not None and waiting[0] == effect.link:
            self._never_connect(partition, place, effect)
            return
        self._give_up_link(place, effect)
        driver.start(effect, lambda _: self._closed(place, device_id))

    def _give_up_link(self, place: Place, close: Close) -> None:
        """For whoever claims next it is gone, and a connect waits for its end."""
        device_id = close.device_id
        if (found := place.living.get(device_id)) is not None and found[1] == close.link:
            del place.living[device_id]
        place.closing[device_id] = place.closing.get(device_id, 0) + 1

    def _never_connect(self, partition: int, place: Place, effect: Close) -> None:
        del place.after_close[effect.device_id], place.connecting[effect.device_id]
        self._ended(partition, place, Connect(effect.device_id, effect.link), Unreachable(reason="closed"))

    def _closed(self, place: Place, device_id: str) -> None:
        place.closing[device_id] -= 1
        if place.closing[device_id]:
            return
        del place.closing[device_id]
        self._maybe_rests(place, device_id)
        if (waiting := place.after_close.pop(device_id, None)) is not None:
            waiting[1]()

    def _ended(self, partition: int, place: Place, effect: Effect, outcome: Outcome) -> None:
        if isinstance(effect, Send | Ask) and place.running.get(effect.device_id) == (
            effect.message_id,
            effect.attempt,
        ):
            del place.running[effect.device_id]
            if (close := place.parting.get(effect.device_id)) is not None:
                close()
        self._maybe_rests(place, effect.device_id)
        if place.desk is not None:
            place.desk.ended(effect, outcome)
        elif place.gone:
            self._hand_on(partition, effect, outcome)
        elif isinstance(effect, Send | Ask):
            place.kept.append(Ended(effect, outcome))

    def _maybe_rests(self, place: Place, device_id: str) -> None:
        if place.pairings.waiting and place.rests(device_id):
            place.pairings.go_on(device_id)

    def _hand_on(self, partition: int, effect: Effect, outcome: Outcome) -> None:
        if isinstance(effect, Send | Ask):  # what links and connects of an ended claim say is dropped
            self._stray(partition, effect, outcome)

    def _reported(self, device_id: str, link: int, report: LinkReport | Signal) -> None:
        partition = self._partition_of.get(device_id)
        if partition is None:
            return
        place = self.place(partition)
        if isinstance(report, QrShown | CodeShown):
            if place.desk is not None and place.pairings.is_running(device_id, link):
                self._signal(device_id, link, report)
            return
        found = place.living.get(device_id)
        if not isinstance(report, Advanced) and found is not None and found[1] == link:
            del place.living[device_id]
        if place.desk is not None:
            place.desk.reported(device_id, link, report)
