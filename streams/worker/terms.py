"""What a worker is told of itself and its limits."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this process is to the log.

    installation: hash of id and key. instance_id: of the worker, kept over restarts. folder: of its data folder, which
    one process at a time locks. process: drawn when this process began.
    """

    installation_id: str
    installation: str
    instance_id: str
    folder: str
    process: str
    partitions: int
    topic: str
    requests_topic: str

    def of(self, topic: str, requests_topic: str) -> Identity:
        """The same process to another stream's log."""
        return replace(self, topic=topic, requests_topic=requests_topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Limits of ownership (log-fence.md). Times in seconds, on the monotonic clock.

    start_limit_s: L, from an event's ack to its effect's start. margin_s: beyond L, before attempts left open are
    reconciled. snapshot_s: for finding one, before everything is folded instead. handover_s: for running effects when
    a partition leaves. close_s: for links to close. parting_s: for running sends when the group has put us out.
    report_s: for outcomes to be handed on at the end: nobody waits for that. retry_s: the longest drawn pause before a
    claim is tried again. commit_every_s: between commits, each with a look at the clock and at rivals. append_bytes: of
    a batch. pause_at, resume_at: decisions waiting to be appended at which requests stop and go on. requests_a_turn:
    that are decided before outcomes are looked for again. pressed_at, lag_s, patience_s: while so many devices have
    more to send than they can and the loop is so late, outcomes come first; requests get a turn this often
    (patience.py). clock_warn_s, clock_limit_s: so far off the broker's clock a worker is warned, and ends.
    """

    start_limit_s: float = 2.0
    margin_s: float = 0.5
    snapshot_s: float = 15.0
    handover_s: float = 3.0
    close_s: float = 1.0
    parting_s: float = 0.5
    report_s: float = 5.0
    retry_s: float = 1.0
    commit_every_s: float = 1.0
    append_bytes: int = 900_000
    pause_at: int = 4000
    resume_at: int = 1000
    requests_a_turn: int = 100
    pressed_at: int = 30
    lag_s: float = 0.002
    patience_s: float = 0.5
    clock_warn_s: float = 2.0
    clock_limit_s: float = 30.0

    @property
    def takeover_s(self) -> float:
        """For a predecessor that lost the partition just now to end what runs, close its links and release."""
        return self.handover_s + self.close_s + self.margin_s
