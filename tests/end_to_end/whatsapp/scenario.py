"""What is asked of one device of WhatsApp, what goes wrong meanwhile, and the log that has to come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.end_to_end.whatsapp.player import Player

Step = Callable[[Player], Awaitable[None]]
Told = str | tuple[str, ...]
"""An event in words (words.py); several in one tuple come in any order."""

REGISTERED = "device_registered: whatsapp"
PAIRED = (
    REGISTERED, "device_pairing_started: qr", "device_pairing_claim_started", "device_paired",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scenario:
    """A device of its own, called as the scenario is.

    script: rules of the stand-in; {device} and {to} stand for the device and whom it writes to. They count from the
    end of the device's pairing on, or where it is not paired first from the beginning.
    """

    title: str
    log: Sequence[Told]
    steps: Sequence[Step]
    script: str = ""
    paired: bool = True

    @property
    def device(self) -> str:
        """The device's id."""
        return self.title.replace(" ", "-")

    @property
    def expected(self) -> list[Told]:
        """Every event of the device."""
        return [*(PAIRED if self.paired else (REGISTERED,)), *self.log]


def connects(*steps: str, why: str = "send") -> tuple[str, ...]:
    """A refresh that comes as far as these steps."""
    return (f"refresh_started: {why}", *(f"refresh_advanced: {step}" for step in steps))


def comes_up(why: str = "send") -> tuple[str, ...]:
    """A refresh that succeeds."""
    up = ("refresh_succeeded", "device_connected: refreshed")
    return (*connects("session_found", "dialled", "logged_in", why=why), *up)


def in_order(expected: Sequence[Told], actual: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Both by their places; where events may come in any order, sorted."""
    begin = 0
    for told in expected:
        wanted = [told] if isinstance(told, str) else sorted(told)
        end = begin + len(wanted)
        yield wanted, sorted(actual[begin:end])
        begin = end
    yield [], [*actual[begin:]]
