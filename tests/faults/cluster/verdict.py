"""What is left at the end of a soak, held against everything that was promised."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import orjson

from mendline.verify.limits import Limits
from mendline.verify.report import Report
from schemas.fence import Verdict
from tests.faults.cluster.clients import shared_emails, until_clients_rest
from tests.faults.cluster.doubts import unexplained
from tests.faults.cluster.journal import remembered
from tests.faults.cluster.producer import request_id
from tests.faults.cluster.story import BARS_S, Story
from tests.faults.cluster.system import System
from tests.faults.real.log import Log, Seen
from tests.faults.real.proof import proven
from tests.faults.real.tables import differences, until_level

DRAIN_S = 180.0
SETTLED = Limits(settled=True, stops=True)
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a soak showed."""

    story: Story
    report: Report | None
    problems: Sequence[str]
    figures: Counter[str]

    def text(self) -> str:
        """All of it for a person."""
        signals = self.story.count("kill -9", "SIGSTOP")
        lines = [
            f"faults: {_told(self.story.faults)}",
            f"{signals.total()} kills and stops: {_told(signals)}",
            *(_took(name, seconds) for name, seconds in sorted(self.story.took.items())),
            _told(self.figures),
            *([self.report.text()] if self.report else []),
            *self.problems[:MOST_SHOWN],
            f"{len(self.problems)} problems" if self.problems else "nothing lost, nothing twice, tables agree",
        ]
        return "\n".join(lines)


async def outcome(system: System) -> Outcome:
    """Let everything drain, end the workers, and look at what is left."""
    system.say("no more faults: everything drains")
    system.mind_ended(*system.workers, system.projector, system.snapshotter, system.producer)
    system.clients.stop()
    await asyncio.to_thread(system.producer.end)
    await system.log.until_drained(DRAIN_S)
    await until_clients_rest(system.site, system.database.dsn, DRAIN_S)
    for worker in system.workers:
        await asyncio.to_thread(worker.end)
    await until_level(system.database.dsn, system.log, DRAIN_S)
    system.say("drained: the proof")
    report = await proven(system.site, SETTLED)
    left = Counter(entry.message_id for entry in await system.site.ledger() if entry.left)
    problems = [
        *(str(violation) for violation in report.violations),
        *(f"{name} left {count} times" for name, count in left.items() if count > 1),
        *(f"uncertain without a kill or stop: {seen}" for seen in unexplained(system.log.events, system.story.harms)),
        *system.story.ended,
        *unpublished(system),
        *shared_emails(system.database.dsn),
        *await differences(system.site, system.database.dsn, system.log),
    ]
    return Outcome(system.story, report, problems, figures(system.log, left))


def write_events(log: Log, file: Path) -> None:
    """Every event as the soak read it, for who looks into a violation."""
    with file.open("wb") as lines:
        for partition, offset, at, verdict, event in log.events:
            fields = {"partition": partition, "offset": offset, "at": at, "verdict": verdict.name, **event._asdict()}
            lines.write(orjson.dumps(fields, default=str, option=orjson.OPT_APPEND_NEWLINE))


def figures(log: Log, left: Counter[str | None]) -> Counter[str]:
    """What came of the requests."""
    return Counter(
        {
            "requests": len(log.requests),
            "sends": len(_opened(log)),
            "repeated": len(log.counted("send_repeated")),
            "left": left.total(),
            "uncertain": len(log.counted("send_uncertain")),
            "resolved": len(log.counted("send_resolved")),
            "claims": sum(seen.verdict is Verdict.CLAIMED for seen in log.events),
            "void": sum(seen.verdict is Verdict.VOID for seen in log.events),
        }
    )


def unpublished(system: System) -> list[str]:
    """What the producer was told is in the log, and is not, or was begun not exactly once."""
    kept = remembered(system.folder / "journal.txt")
    begun = Counter(system.log.ids[seen.partition, seen.event.data["request"]] for seen in _opened(system.log))
    wrong = [f"{request_id(number)} was begun {begun[request_id(number)]} times" for number in sorted(kept.kept)
             if begun[request_id(number)] != 1]  # fmt: skip
    return [*(f"{request_id(number)} was never acknowledged" for number in kept.doubtful), *wrong]


def _opened(log: Log) -> list[Seen]:
    fates = log.counted("send_queued", "send_attempted")
    return [seen for seen in fates if seen.event.decides is not None]


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


def _took(name: str, seconds: Sequence[float]) -> str:
    found = f"{name}: median {median(seconds):.1f} s, longest {max(seconds):.1f} s, {len(seconds)} times"
    bar = BARS_S.get(name)
    return found if bar is None else f"{found}, {sum(s > bar for s in seconds)} of them longer than {bar:g} s"
