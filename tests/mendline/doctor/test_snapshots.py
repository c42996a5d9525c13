"""What the doctor says of snapshots."""

from __future__ import annotations

from mendline.doctor.finding import Level
from mendline.doctor.snapshots import snapshot_findings, snapshot_positions, snapshots
from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.streams.snapshots.history import history
from tests.streams.snapshots.site import Site


def test_a_short_log_needs_no_snapshot() -> None:
    assert snapshot_findings({0: 99, 1: 5}, {0: 0, 1: 0}, every=100) == []


def test_fresh_snapshots_are_fine() -> None:
    (finding,) = snapshot_findings({0: 1000, 1: 5}, {0: 700, 1: 0}, every=100)
    assert (finding.level, finding.what) == (Level.FINE, "at most 300 events behind")


def test_snapshots_far_behind_are_noticed_with_their_partitions() -> None:
    (finding,) = snapshot_findings({0: 1000, 1: 5, 2: 1000}, {0: 500, 1: 0, 2: 0}, every=100)
    assert finding.level is Level.NOTICE
    assert "partitions 0, 2: the newest snapshot is up to 1,000 events behind, 2 have none" in finding.what


async def test_the_newest_snapshots_are_found_in_the_log(kafka: str, kafka_topics: Topics) -> None:
    site, events = Site(Cluster(kafka), kafka_topics), history()
    await site.append(events)
    await site.snapshotter().look_around()
    found = await snapshot_positions(site.records, kafka_topics.events(), {0: len(events), 1: 7})
    (finding,) = await snapshots(Cluster(kafka), kafka_topics, every=10)
    await site.close()
    assert found == {0: len(events), 1: 0}
    assert finding.what == "at most 0 events behind"
