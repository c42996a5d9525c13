"""What the doctor finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from schemas.topics import DEVICE


class Level(StrEnum):
    """wrong: somebody has to act. notice: worth a look. fine: as it should be."""

    WRONG = "wrong"
    NOTICE = "notice"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: where, what it is, and what to do."""

    level: Level
    where: str
    what: str
    advice: str = ""


def of_stream(topic: str) -> str:
    """Whose a finding is, to put behind its place: nothing for a topic of devices, as most are of theirs."""
    return "" if topic.endswith((DEVICE.requests, DEVICE.events)) else f" of {topic}"


def listed(numbers: Iterable[int]) -> str:
    """Numbers as people write them: 0-3, 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
