"""A failed history for a person: its lines, what was wrong, and how to play it again."""

from __future__ import annotations

import shlex

from tests.faults.simulation.run import Outcome

HISTORY_LINES = 400


def tell_failure(outcome: Outcome, mistake: str | None) -> None:
    """Print a history that was traced, and what it broke."""
    left_out = len(outcome.history) - HISTORY_LINES
    if left_out > 0:
        print(f"... {left_out} lines before these")
    print(*outcome.history[-HISTORY_LINES:], sep="\n")
    for violation in outcome.violations:
        print(f"seed {outcome.case.seed}: {violation}")
    print(
        f"seed {outcome.case.seed}: {len(outcome.violations)} violations, digest {outcome.digest}; exactly that again:"
    )
    print(again(outcome, mistake), flush=True)


def again(outcome: Outcome, mistake: str | None) -> str:
    """The command that plays a history again."""
    planted = f" --mistake {shlex.quote(mistake)}" if mistake else ""
    return f"python -m tests.faults.simulation --history {outcome.case.options()}{planted}"
