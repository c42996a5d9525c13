"""The smallest history that still shows what a failing one showed (delta debugging, Zeller 1999)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.faults.simulation.case import Case

TRIES = 600
SHORTER = (0.25, 0.5, 0.75, 0.9)

Fails = Callable[[Case], bool]


class Shrinking:
    """Leaves out what is not needed, in ever smaller pieces, for as long as there are tries left."""

    def __init__(self, fails: Fails, tries: int = TRIES) -> None:
        self._fails = fails
        self._tries = tries

    def shrink(self, case: Case, parts: Sequence[str], chaos_s: float) -> Case:
        """The smallest case found; `chaos_s`: how long things go wrong in the whole one."""
        found, before = case, None
        while before != found and self._tries > 0:
            before = found
            found = self._shorten(found, chaos_s)
            found = self._leave_out(found, [part for part in parts if found.has(part)])
        return found

    def _shorten(self, case: Case, chaos_s: float) -> Case:
        now = chaos_s if case.until is None else case.until
        for share in SHORTER:
            shorter = replace(case, until=round(now * share, 2))
            if self._still_fails(shorter):
                return shorter
        return case

    def _leave_out(self, case: Case, parts: Sequence[str]) -> Case:
        size = len(parts)
        while size:
            for begin in range(0, len(parts), size):
                less = replace(case, without=case.without.union(parts[begin : begin + size]))
                if self._still_fails(less):
                    case = less
            parts, size = [part for part in parts if case.has(part)], size // 2
        return case

    def _still_fails(self, case: Case) -> bool:
        self._tries -= 1
        return self._tries >= 0 and self._fails(case)
