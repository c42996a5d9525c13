"""The verdict of `mendline verify` on a site's log and its fleet's ledger."""

from __future__ import annotations

from collections.abc import Mapping

from mendline.verify.command import verify
from mendline.verify.limits import Limits
from mendline.verify.report import Report
from schemas.cluster import Cluster
from streams.drivers.fleet.control import saved_ledger
from tests.faults.real.site import Site

SETTLED = Limits(settled=True)
"""Every request has its fate, every send its end."""


async def proven(site: Site, limits: Limits = SETTLED) -> Report:
    """Log and ledger, as they are now, held against every rule."""
    return await verify(Cluster(site.kafka), site.topics, await saved_ledger(site.socket), limits)


def of_ledger(report: Report, name: str) -> int:
    """A figure of the ledger's comparison."""
    figures = report.figures["ledger"]
    assert isinstance(figures, Mapping)
    return figures[name]
