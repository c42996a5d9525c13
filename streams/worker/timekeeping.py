"""This process's clock against the broker's: deciders and due times live by it."""

from __future__ import annotations

import logging

from streams.log.ports import AckTimes
from streams.worker.terms import Terms
from streams.worker.unfit import ClockOffError

log = logging.getLogger(__name__)


def seconds_off(times: AckTimes) -> float:
    """By how much this clock must be wrong, at least: the broker wrote between the asking and the ack."""
    early, late = times.asked - times.broker, times.broker - times.acked
    return max(early.total_seconds(), late.total_seconds(), 0.0)


class ClockWatch:
    """Warns once for each time that the clock goes wrong."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._warned = False

    def mind(self, times: AckTimes) -> None:
        """Compare; raises ClockOffError where nothing may be decided by this clock."""
        off = seconds_off(times)
        if off > self._terms.clock_limit_s:
            raise ClockOffError(off)
        wrong = off > self._terms.clock_warn_s
        if wrong and not self._warned:
            log.warning("this clock is %.1f s off the broker's: times in the log are doubtful, set it (NTP)", off)
        self._warned = wrong
