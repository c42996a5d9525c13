"""What a check found: figures, and violations with the positions that show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from mendline.verify.rules import Rule
from schemas.envelope import Position

OF_EVERY_STREAM = ("requests", "undecided", "events_counted", "claims", "releases", "refused")
KEPT_PER_RULE = 100
"""Violations of one rule that are kept in full; all are counted."""


class Violation(NamedTuple):
    """A rule that does not hold, and where one sees it."""

    rule: Rule
    positions: tuple[Position, ...]
    device: str | None
    sentence: str

    def __str__(self) -> str:
        places = ", ".join("/".join(map(str, position)) for position in self.positions)
        where = " ".join(part for part in (places, self.device) if part)
        return f"{self.rule} at {where}: {self.sentence}" if where else f"{self.rule}: {self.sentence}"


class Violations:
    """What was found so far; memory stays bounded however broken a log is."""

    __slots__ = ("counts", "found")

    def __init__(self) -> None:
        self.counts: Counter[Rule] = Counter()
        self.found: list[Violation] = []

    def add(self, violation: Violation) -> None:
        """Count a violation, and keep it if it is among the first of its rule."""
        self.counts[violation.rule] += 1
        if self.counts[violation.rule] <= KEPT_PER_RULE:
            self.found.append(violation)


Figures = Mapping[str, int | Mapping[str, int]]
"""Names to numbers, one level of nesting deep."""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check; `counts` covers also the violations that are not listed."""

    figures: Figures
    violations: tuple[Violation, ...] = ()
    counts: Mapping[Rule, int] = field(default_factory=dict)

    def beside(self, name: str, other: Report) -> Report:
        """This report with that of another stream: its violations, and under `name` its plain figures."""
        plain = {
            key: value for key, value in other.figures.items() if key in OF_EVERY_STREAM and isinstance(value, int)
        }
        violations, counts = (*self.violations, *other.violations), Counter(self.counts) + Counter(other.counts)
        return Report({**self.figures, name: plain}, violations, counts)

    @property
    def ok(self) -> bool:
        """Whether every rule held."""
        return not self.counts

    @property
    def exit_code(self) -> int:
        """1 if any rule was violated, else 0."""
        return 0 if self.ok else 1

    @property
    def rules(self) -> frozenset[Rule]:
        """The rules that were violated."""
        return frozenset(self.counts)

    def text(self) -> str:
        """The report for a person: figures, violations, verdict."""
        return "\n".join([*_figure_lines(self.figures), *self._violation_lines(), self._verdict()])

    def json(self) -> bytes:
        """The report for a program."""
        found = [
            {"rule": rule.value, "positions": [[*place] for place in positions], "device": device, "sentence": sentence}
            for rule, positions, device, sentence in self.violations
        ]
        counts = {rule.value: count for rule, count in self.counts.items()}
        return orjson.dumps({"ok": self.ok, "figures": self.figures, "counts": counts, "violations": found})

    def _violation_lines(self) -> list[str]:
        hidden = sum(self.counts.values()) - len(self.violations)
        more = [f"... and {hidden} more of the same rules"] if hidden else []
        return [*(str(violation) for violation in self.violations), *more]

    def _verdict(self) -> str:
        if self.ok:
            return "no violation"
        named = ", ".join(f"{rule} {count}" for rule, count in sorted(self.counts.items()))
        return f"{sum(self.counts.values())} violations: {named}"


def _figure_lines(figures: Figures) -> list[str]:
    width = max(map(len, figures), default=0)
    return [f"{name.replace('_', ' '):{width}}  {_figure(figure)}" for name, figure in figures.items()]


def _figure(figure: int | Mapping[str, int]) -> str:
    if isinstance(figure, int):
        return f"{figure:,}"
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in figure.items()) or "none"
