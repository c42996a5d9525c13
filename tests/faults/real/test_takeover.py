"""Two workers share the partitions: one is stopped until it has lost them, or joins, or leaves."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from mendline.verify.limits import Limits
from schemas.fence import Verdict
from streams.drivers.simulation.ledger import Entry
from tests.faults.real.asking import Asker, load
from tests.faults.real.attempts import Attempt, attempts
from tests.faults.real.fleets import Fleet, Group, slow_fleet
from tests.faults.real.log import Log, Seen
from tests.faults.real.proof import of_ledger, proven
from tests.faults.real.site import Site

SEED = 7
OWNED_S = 90.0
DRAIN_S = 60.0
SLOW = Fleet(SEED, (Group("simulated", "radio-", 20, 2000), Group("simulated-repeatable", "phone-", 20, 2000)))
"""Whatever is open when its worker is stopped is answered long before another worker takes over."""
BLIND = Fleet(SEED, (Group("simulated-blind-platform", "blind-", 20, 3000),))
"""Sends that run on when their worker gives their partition up: there is no link to close."""
EFFECTS = ("sent", "sent_answer_lost", "repeat_dropped", "lost", "connecting")


class Freeze:
    """What happened in a run in which worker `a` was stopped until `b` had everything, then continued."""

    def __init__(self, log: Log, entries: list[Entry], frozen_at: float, thawed_at: float) -> None:
        self.log = log
        self.entries = entries
        self.old_claims = {e.event.claim for e in _claims(log.events, "a") if e.at < frozen_at}
        self.new_claims = {e.event.claim for e in _claims(log.events, "a") if e.at > thawed_at}
        self.thawed_at = thawed_at

    @property
    def begun_by_a(self) -> set[tuple[int, int]]:
        """The sends of which an attempt of `a` was open when it was stopped."""
        return sends(each.intent for each in cut(self.log) if each.intent.event.claim in self.old_claims)

    def appended_late(self) -> list[Seen]:
        """The events that `a` appended under its old claims after it was continued."""
        return [e for e in self.log.events if e.at > self.thawed_at and e.event.claim in self.old_claims]

    def begun_late(self) -> list[Entry]:
        """The effects of `a` after it was continued that none of its new claims meant."""
        meant = {
            (e.event.data.get("message_id"), e.event.data.get("attempt") or e.event.data.get("refresh"))
            for e in self.log.counted("send_attempted", "send_reconciling", "refresh_started")
            if e.event.claim in self.new_claims
        }
        mine = [e for e in self.entries if e.worker == "a" and e.at > self.thawed_at and e.what in EFFECTS]
        return [e for e in mine if (e.message_id, e.attempt or e.link) not in meant]

    def came_by(self, seen: Seen) -> str | None:
        """How what became of a send entered the log."""
        return "a new claim" if seen.event.claim in self.new_claims else self.log.asked_by(seen)


def sends(events: Iterable[Seen]) -> set[tuple[int, int]]:
    """Partition and request of each send that these events are about."""
    return {(e.partition, e.event.data["request"]) for e in events}


def cut(log: Log) -> list[Attempt]:
    """The attempts of whose end the claim that began them wrote nothing."""
    return [each for each in attempts(log.events) if each.cut]


def _claims(events: Iterable[Seen], owner: str) -> list[Seen]:
    return [e for e in events if e.verdict is Verdict.CLAIMED and e.event.data["owner"] == owner]


@pytest.mark.slow
async def test_worker_that_slept_through_a_takeover_can_do_nothing_that_counts(
    site: Site, log: Log, asker: Asker
) -> None:
    freeze = await _frozen(site, log, asker)
    report = await proven(site, Limits(settled=True, stops=True))
    assert report.violations == ()
    assert freeze.appended_late() != []
    assert {e.verdict for e in freeze.appended_late()} == {Verdict.VOID}
    assert freeze.begun_late() == []
    assert max(Counter(e.message_id for e in freeze.entries if e.left).values()) == 1
    assert freeze.begun_by_a & sends(log.counted("send_uncertain")) != set()
    resolved = [e for e in log.counted("send_resolved") if sends([e]) <= freeze.begun_by_a]
    assert freeze.begun_by_a & sends(log.counted("send_uncertain")) == sends(resolved)
    assert {freeze.came_by(e) for e in resolved} <= {"outcome_reported", "a new claim"}
    assert sends(log.counted("send_uncertain")) <= freeze.begun_by_a


async def _frozen(site: Site, log: Log, asker: Asker) -> Freeze:
    await site.fleet(SLOW.text())
    await asker.register(SLOW.devices())
    a, b = site.worker("a"), site.worker("b")
    a.start()
    b.start()
    await log.until_owned(OWNED_S, "a", "b")
    async with load(asker, SLOW, 10):
        await log.until_counted("send_attempted", 30, OWNED_S)
        frozen_at = time.time()
        a.freeze()
        taken_over = await log.until_owned(OWNED_S, "b")
        await log.until_counted("send_uncertain", 1, OWNED_S)
        thawed_at = time.time()
        a.thaw()
        await log.until_owned(OWNED_S, "a", "b")
    await log.until_drained(DRAIN_S)
    a.end()
    b.end()
    await log.read_to_end()
    print(f"seed {SEED}: taken over after {taken_over:.1f} s, attempts looked into after {thawed_at - frozen_at:.1f} s")
    return Freeze(log, await site.ledger(), frozen_at, thawed_at)


@pytest.mark.slow
async def test_what_a_former_owner_hears_late_is_handed_on(site: Site, log: Log, asker: Asker) -> None:
    await site.fleet(BLIND.text())
    await asker.register(BLIND.devices())
    hasty = {"MENDLINE_HANDOVER_S": "0.2"}
    a, b = site.worker("a", **hasty), site.worker("b", **hasty)
    a.start()
    await log.until_owned(OWNED_S, "a")
    async with load(asker, BLIND, 20):
        await log.until_counted("send_attempted", 20, OWNED_S)
        b.start()
        await log.until_owned(OWNED_S, "a", "b")
    await log.until_drained(DRAIN_S)
    assert (await proven(site)).violations == ()
    handed_on = [e for e in log.counted("send_accepted", "send_resolved") if log.asked_by(e) == "outcome_reported"]
    assert sends(handed_on) == sends(each.intent for each in cut(log)) != set()


@pytest.mark.slow
async def test_workers_join_and_leave_without_doubt_and_without_a_second_link(
    site: Site, log: Log, asker: Asker
) -> None:
    fleet = slow_fleet(SEED)
    await site.fleet(fleet.text())
    await asker.register(fleet.devices())
    a, b = site.worker("a"), site.worker("b")
    a.start()
    await log.until_owned(OWNED_S, "a")
    async with load(asker, fleet, 60):
        await log.until_counted("send_accepted", 30, OWNED_S)
        b.start()
        joined = await log.until_owned(OWNED_S, "a", "b")
        await asyncio.sleep(1)
        a.terminate()
        left = await log.until_owned(OWNED_S, "b")
        await asyncio.sleep(1)
    await log.until_drained(DRAIN_S)
    b.end()
    report = await proven(site)
    print(f"seed {SEED}: shared after {joined:.1f} s, taken over after {left:.1f} s")
    assert report.violations == ()
    assert log.counted("send_uncertain") == []
    assert of_ledger(report, "overlaps") == 0
    assert of_ledger(report, "left_again") == 0
