"""Which history is played: a seed, and what of it is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tests.faults.simulation.driver import Slowness
from tests.faults.simulation.profile import Profile, Weather, alone

NUMBERED = re.compile(r"([a-z]+)(\d+)-(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A seed without some of its parts (see `parts_of`), and `until` when things go wrong, in seconds: one history.

    only: nothing goes wrong but this. namesakes: how many workers get a second process of their name meanwhile.
    clients: it is a history of clients, also where the seed draws one of devices. pairings: whether its devices are
    paired; None: as the seed draws it.
    """

    seed: int
    only: Weather | None = None
    namesakes: int = 0
    clients: bool = False
    pairings: bool | None = None
    without: frozenset[str] = frozenset()
    until: float | None = None

    def narrowed(self, profile: Profile) -> Profile:
        """The profile without what is left out; requests, strikes, devices and workers are left out where they come."""
        if self.only is not None:
            profile = alone(profile, self.only)
        return replace(
            profile,
            fates={fate: share for fate, share in profile.fates.items() if fate not in self.without},
            stalls=0.0 if "stalls" in self.without else profile.stalls,
            slowness=Slowness() if "slowness" in self.without else profile.slowness,
            skew_s=0.0 if "skew" in self.without else profile.skew_s,
            shelving=None if "snapshots" in self.without else profile.shelving,
        )

    def chaos_s(self, profile: Profile) -> float:
        """How long things go wrong."""
        return profile.chaos_s if self.until is None else min(self.until, profile.chaos_s)

    def has(self, part: str) -> bool:
        """Whether a part is played."""
        return part not in self.without

    def options(self) -> str:
        """What to give to the command line to play it again."""
        until = "" if self.until is None else f" --until {self.until:g}"
        without = f" --without {written(self.without)}" if self.without else ""
        namesakes = f" --namesakes {self.namesakes}" if self.namesakes else ""
        only = f" --only {self.only}" if self.only else ""
        clients = " --clients" if self.clients else ""
        pairings = " --pairings" if self.pairings else " --no-pairings" if self.pairings is False else ""
        return f"--from {self.seed}{only}{clients}{pairings}{namesakes}{until}{without}"


def parts_of(profile: Profile, device_ids: Iterable[str], workers: Sequence[str]) -> list[str]:
    """What can be left out of a history, what it is made of most first."""
    strikes = sum(profile.faults.values())
    return [
        *(f"f{number}" for number in range(strikes)),
        *(f"r{number}" for number in range(profile.requests)),
        *device_ids,
        *profile.fates,
        "stalls",
        "slowness",
        "skew",
        "snapshots",
        *workers[1:],
    ]


def written(parts: Iterable[str]) -> str:
    """Parts as a person writes them: r0-4,f2,late."""
    numbered = sorted((p[0], int(p[1:])) for p in parts if re.fullmatch(r"[fr]\d+", p))
    named = sorted(p for p in parts if not re.fullmatch(r"[fr]\d+", p))
    return ",".join([*_ranges(numbered), *named])


def _ranges(numbered: Sequence[tuple[str, int]]) -> Iterator[str]:
    for (letter, _), group in groupby(enumerate(numbered), lambda item: (item[1][0], item[1][1] - item[0])):
        numbers = [number for _, (_, number) in group]
        yield f"{letter}{numbers[0]}" + (f"-{numbers[-1]}" if len(numbers) > 1 else "")


def read_parts(text: str) -> frozenset[str]:
    """The parts that `written` wrote."""
    return frozenset(part for item in text.split(",") if item for part in _spread(item))


def _spread(item: str) -> Iterator[str]:
    if (found := NUMBERED.fullmatch(item)) is None:
        yield item
        return
    letter, first, last = found.groups()
    yield from (f"{letter}{number}" for number in range(int(first), int(last) + 1))
