"""The catalogue: every driver's traits, and how it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.drivers.catalogue import DRIVERS, Surroundings, UnknownDriverError, listing
from streams.drivers.fleet.address import SocketPathError
from streams.drivers.port import Traits


@pytest.mark.parametrize(
    ("name", "traits"),
    [
        ("simulated", Traits(linked=True, drops_repeats=False, answers_asks=False, pairs=True)),
        ("simulated-repeatable", Traits(linked=True, drops_repeats=True, answers_asks=False, pairs=True)),
        ("simulated-platform", Traits(linked=False, drops_repeats=False, answers_asks=True)),
        ("simulated-blind-platform", Traits(linked=False, drops_repeats=False, answers_asks=False)),
        ("wablas", Traits(linked=False, drops_repeats=False, answers_asks=True)),
        ("whatsapp", Traits(linked=True, drops_repeats=False, answers_asks=False, pairs=True)),
    ],
)
def test_traits_are_known_without_making_a_driver(name: str, traits: Traits) -> None:
    assert DRIVERS[name].traits == traits


@pytest.mark.parametrize("name", DRIVERS)
def test_driver_has_the_name_and_traits_of_its_line(name: str) -> None:
    driver = listing(name).make(Surroundings(worker="w1", simulator=Path("/nowhere")))
    assert (driver.name, driver.traits) == (name, DRIVERS[name].traits)


def test_unknown_driver_is_told_which_there_are() -> None:
    with pytest.raises(UnknownDriverError, match="there is no driver 'wabals': use one of simulated, "):
        listing("wabals")


def test_socket_path_that_the_system_does_not_take_is_refused() -> None:
    around = Surroundings(worker="w1", simulator=Path("/" + "x" * 107))
    with pytest.raises(SocketPathError, match="108 bytes, and the system takes 107: choose a shorter one"):
        listing("simulated").make(around)
