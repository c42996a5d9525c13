"""How long something takes: a constant, a range, or a lognormal spread around a median, in milliseconds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Annotated, TypeGuard

from pydantic import BeforeValidator

STANDARD = NormalDist()
FORMS = "give milliseconds: 10, or [50, 300] for a range, or { median = 10, sigma = 0.5 } for a lognormal"

SPREAD = "sigma must lie between 0 and 3: 0.5 spreads a median of 10 ms over about 4 to 27 ms"


@dataclass(frozen=True, slots=True)
class Constant:
    """Always `ms`."""

    ms: float

    def seconds(self, luck: float) -> float:
        """Take no notice of `luck`."""
        return self.ms / 1000


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything between the two, equally likely."""

    low_ms: float
    high_ms: float

    def seconds(self, luck: float) -> float:
        """Give the value at the share `luck` (0 to 1) of all values."""
        return (self.low_ms + luck * (self.high_ms - self.low_ms)) / 1000


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Half below `median_ms`, with a long tail: the 84th percentile is the median times e to the `sigma`."""

    median_ms: float
    sigma: float = 0.5

    def seconds(self, luck: float) -> float:
        """Give the value at the share `luck` (above 0, below 1) of all values."""
        return self.median_ms * math.exp(self.sigma * STANDARD.inv_cdf(luck)) / 1000


Latency = Constant | Uniform | Lognormal


def read_latency(value: object) -> Latency:
    """Read a latency as it stands in a fleet file; raises ValueError that says which forms there are."""
    match value:
        case Constant() | Uniform() | Lognormal():
            return value
        case int() | float() if is_duration(value):
            return Constant(value)
        case [low, high] if is_duration(low) and is_duration(high) and low <= high:
            return Uniform(low, high)
        case {"median": median, **rest} if is_duration(median) and rest.keys() <= {"sigma"}:
            return lognormal(median, rest.get("sigma", 0.5))
    raise ValueError(FORMS)


def lognormal(median: float, sigma: object) -> Lognormal:
    """Check the spread of a lognormal; above 3 its tail is hours and a mistake."""
    if not is_duration(sigma) or sigma > 3:
        raise ValueError(SPREAD)
    return Lognormal(median, sigma)


def is_duration(value: object) -> TypeGuard[float]:
    """Whether it is a finite number that is not negative (a boolean is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


LatencyField = Annotated[Latency, BeforeValidator(read_latency)]
