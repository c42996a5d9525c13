"""Mistakes with sends, links and budgets: what runs, what came of it, and who is told."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from streams.ownership.allowance import Allowance
from streams.ownership.budgets import Line
from streams.worker.desk import EffectDesk, Place
from streams.worker.holdings import Holdings
from streams.worker.inbox import Inbox
from streams.worker.partition import PartitionRunner
from tests.faults.simulation.planting import Mistakes, Patch, no, nobody, none_of_them, nothing


def _connects_beside_a_closing_link() -> Patch:
    def connect(self: EffectDesk, partition: int, place: Place, *rest: Any) -> None:
        closing, place.closing = place.closing, {}
        connect_after_close(self, partition, place, *rest)
        place.closing = closing

    connect_after_close = EffectDesk._connect
    return EffectDesk, "_connect", connect


def _a_unit_is_never_given_back() -> Patch:
    def hold_on(self: Allowance, key: str, *, sends: bool, connects: bool, linked: bool) -> None:
        hold(self, key, sends=sends or key in self._sends, connects=connects, linked=linked)

    hold = Allowance.hold
    return Allowance, "hold", hold_on


def _yes(*_: Any, **__: Any) -> bool:
    return True


MISTAKES_ABOUT_EFFECTS: Mistakes = MappingProxyType(
    {
        "a link is made while its predecessor still closes": _connects_beside_a_closing_link,
        "outcomes of a lost partition are dropped": lambda: (Holdings, "_report", nothing),
        "a unit of the send budget is never given back": _a_unit_is_never_given_back,
        "a budget is never spent": lambda: (Line, "_left", _yes),
        "running sends are forgotten at the next claim": lambda: (EffectDesk, "running", nobody),
        "outcomes end with the claim that heard them": lambda: (Inbox, "clear", none_of_them),
        "links outlive the membership": lambda: (PartitionRunner, "_close_links", nothing),
        "a connect outlives its own close": lambda: (EffectDesk, "_never_connect", nothing),
        "a living link is never healthy": lambda: (EffectDesk, "healthy", no),
    }
)
"""Each by what it does wrong."""
