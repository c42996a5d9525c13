"""Which events count: the rule of log-fence.md, written a second time on purpose."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from mendline.verify.parsing import Json


class Standing(StrEnum):
    """What a record of an events topic is worth, and if nothing, why."""

    COUNTS = "counts"
    CLAIMS = "claims"
    RELEASES = "releases"
    OUTBID = "outbid"
    UNOWNED = "unowned"
    FENCED = "fenced"
    MISPLACED = "misplaced"
    UNREADABLE = "unreadable"


COUNTS, CLAIMS, RELEASES, OUTBID, UNOWNED, FENCED, MISPLACED, UNREADABLE = Standing
"""The standings by name: looking one up in its class costs eight times as much (benchmarks/verify.py)."""

VOID = (OUTBID, UNOWNED, FENCED, MISPLACED, UNREADABLE)


class Counting:
    """Who owns an events partition at the place reached; every record goes through `judge`, in log order."""

    __slots__ = ("claim", "generation")

    def __init__(self) -> None:
        self.generation: int | None = None
        self.claim: str | None = None

    def judge(self, offset: int, event: Any) -> Standing:
        """What the JSON value at `offset` is worth; a valid marker or release changes the owner."""
        try:
            type_, claim, sequence, data = event["type"], event["claim"], event["sequence"], event["data"]
        except (KeyError, TypeError):
            return UNREADABLE
        if type(data) is not dict:
            return UNREADABLE
        if type_ == "partition_claimed":
            return self._judge_marker(claim, data)
        if self.claim is None:
            return UNOWNED
        if claim != self.claim:
            return FENCED
        if sequence != str(offset):
            return MISPLACED
        if type_ == "partition_released":
            self.claim = None
            return RELEASES
        return COUNTS

    def _judge_marker(self, claim: Any, data: Json) -> Standing:
        generation = data.get("generation")
        if type(generation) is not int or not isinstance(claim, str) or data.get("claim") != claim:
            return UNREADABLE
        if self.generation is not None and generation <= self.generation:
            return OUTBID
        self.generation, self.claim = generation, claim
        return CLAIMS
