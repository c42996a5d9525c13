"""What left a device beside what the log meant to do: no effect without its intent, in order, and none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mendline.verify.checks.intents import Intents, Message
from mendline.verify.ledger import ASKED, CONNECTING, LEFT, LINK_ENDED, Entry
from mendline.verify.limits import Limits
from mendline.verify.place import Place
from mendline.verify.rules import Rule


class DeviceEffects:
    """One device's part of the ledger, compared entry by entry with its intents."""

    def __init__(self, device: str, intents: Intents, place: Place, limits: Limits) -> None:
        self.left: Counter[str] = Counter()
        self.late = 0
        self._device = device
        self._intents = intents
        self._place = place
        self._limits = limits
        self._tried: set[tuple[str, int | None]] = set()
        self._connected: set[int | None] = set()
        self._last: tuple[int, tuple[str, int]] = (0, ("", 0))

    def compare(self, entries: Iterable[Entry]) -> None:
        """Hold the device's entries, oldest first, against its intents."""
        for entry in entries:
            if entry.message_id is not None:
                self._compare_message(entry, entry.message_id)
            elif entry.what == CONNECTING:
                self._compare_connect(entry)

    def compare_ends(self) -> None:
        """Hold the ends of the device's intents against its entries, where the ledger tells about it."""
        for message_id, message in self._intents.by_id.items():
            self._compare_end(message_id, message)

    def _violation(self, rule: Rule, sentence: str, *offsets: int) -> None:
        self._place.violation(rule, sentence, *offsets, device=self._device)

    def _compare_message(self, entry: Entry, message_id: str) -> None:
        message, attempt = self._intents.by_id.get(message_id), entry.attempt or 0
        if message is not None and entry.what in ASKED and message.asks[attempt]:
            message.asks[attempt] -= 1
        elif message is not None and entry.what not in ASKED and attempt in message.tries:
            self._compare_try(entry, message_id, message, message.tries[attempt])
        else:
            sentence = f"{entry.what}: message {message_id}, attempt {attempt}; no event that counts meant that"
            self._violation(Rule.EFFECT_UNINTENDED, sentence)

    def _compare_try(self, entry: Entry, message_id: str, message: Message, turn: int) -> None:
        if (message_id, entry.attempt) in self._tried:
            sentence = f"attempt {entry.attempt} of send {message.request} reached the device twice"
            self._violation(Rule.EFFECT_TWICE, sentence, message.offset)
        self._tried.add((message_id, entry.attempt))
        if entry.what in LEFT:
            self.left[message_id] += 1
            self._mind_order(entry, message, turn)

    def _mind_order(self, entry: Entry, message: Message, turn: int) -> None:
        last, session = self._last
        if turn > last:
            self._last = turn, (entry.worker, entry.session)
        elif self._limits.stops and session != (entry.worker, entry.session):
            self.late += 1
        else:
            sentence = f"send {message.request} left after a send that was attempted later"
            self._violation(Rule.EFFECT_ORDER, sentence, message.offset)

    def _compare_connect(self, entry: Entry) -> None:
        if entry.link not in self._intents.connects:
            sentence = f"the ledger has link {entry.link}: no refresh of that number was started"
            self._violation(Rule.CONNECT_UNINTENDED, sentence)
        if entry.link in self._connected:
            self._violation(Rule.CONNECT_TWICE, f"link {entry.link} was made twice")
        self._connected.add(entry.link)

    def _compare_end(self, message_id: str, message: Message) -> None:
        left = self.left[message_id]
        if left > message.copies:
            sentence = f"send {message.request} left {left} times, and may have {message.copies} times"
            self._violation(Rule.EFFECT_TWICE, sentence, message.offset)
        if message.end == "left" and not left:
            sentence = f"send {message.request} was accepted, but never left"
            self._violation(Rule.EFFECT_MISSING, sentence, message.offset)
        if message.end == "not_left" and left:
            sentence = f"send {message.request} left, but the log says it did not"
            self._violation(Rule.EFFECT_DENIED, sentence, message.offset)


def overlaps(entries: Iterable[Entry]) -> list[tuple[Entry, bool]]:
    """Each link that was made beside a living one of its device, and whether another worker's connection held that."""
    living: set[tuple[str, int, int | None]] = set()
    found = []
    for entry in entries:
        link = entry.worker, entry.session, entry.link
        if entry.what == CONNECTING:
            if living:
                found.append((entry, all(other[:2] != link[:2] for other in living)))
            living.add(link)
        elif entry.what in LINK_ENDED and entry.message_id is None:
            living.discard(link)
    return found
