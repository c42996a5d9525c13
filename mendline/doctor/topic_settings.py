"""Whether the topics are set up as they have to be (log-fence: topics and brokers)."""

from __future__ import annotations

from collections.abc import Sequence

from mendline.doctor.finding import Finding, Level
from mendline.topics import Difference

UNSAFE = {"cleanup.policy", "retention.ms", "retention.bytes", "unclean.leader.election.enable"}
"""Settings that lose records when they differ."""
COUNTS = {"partitions", "replication"}


def topic_findings(differences: Sequence[Difference], topics: int) -> list[Finding]:
    """A finding for each difference; one that all is well if there is none."""
    if not differences:
        return [Finding(Level.FINE, "topics", f"all {topics} are there and set up as they have to be")]
    return [_finding(difference) for difference in differences]


def unlike_pairs(counts: dict[str, int], pairs: Sequence[tuple[str, str]]) -> list[Finding]:
    """Requests topics whose events topic has another number of partitions."""
    return [
        Finding(
            Level.WRONG,
            asked,
            f"has {counts[asked]} partitions, {decided} has {counts[decided]}",
            "both need the same number, from the beginning: make the younger one anew while it is empty",
        )
        for asked, decided in pairs
        if asked in counts and decided in counts and counts[asked] != counts[decided]
    ]


def _finding(difference: Difference) -> Finding:
    topic, setting, wanted, found = difference.topic, difference.setting, difference.wanted, difference.found
    if setting == "topic":
        return Finding(Level.WRONG, topic, "is missing", "`mendline topics` makes it")
    if setting in COUNTS:
        advice = f"set MENDLINE_{setting.upper()} to {found}, or make the topic anew while it is empty"
        return Finding(Level.WRONG, topic, f"has {setting} {found}, {wanted} wanted", advice)
    level = Level.WRONG if setting in UNSAFE else Level.NOTICE
    advice = f"kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config {setting}={wanted}"
    return Finding(level, topic, f"has {setting}={found}, {wanted} wanted", advice)
