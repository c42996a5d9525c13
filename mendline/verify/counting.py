"""Which events count: the rule of log-fence.md, written a second time on purpose."""

from __future__ import annotations

from enum import StrEnum

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


VOID = (Standing.OUTBID, Standing.UNOWNED, Standing.FENCED, Standing.MISPLACED, Standing.UNREADABLE)


class Counting:
    """Who owns an events partition at the place reached; every record goes through `judge`, in log order."""

    __slots__ = ("claim", "generation")

    def __init__(self) -> None:
        self.generation: int | None = None
        self.claim: str | None = None

    def judge(self, offset: int, event: Json) -> Standing:
        """What the event at `offset` is worth; a valid marker or release changes the owner."""
        type_ = event.get("type")
        if type_ == "partition_claimed":
            return self._judge_marker(event)
        claim = self.claim
        if claim is None:
            return Standing.UNOWNED
        if event.get("claim") != claim:
            return Standing.FENCED
        if event.get("sequence") != str(offset):
            return Standing.MISPLACED
        if type_ == "partition_released":
            self.claim = None
            return Standing.RELEASES
        return Standing.COUNTS

    def _judge_marker(self, event: Json) -> Standing:
        generation, claim = event["data"].get("generation"), event["data"].get("claim")
        if type(generation) is not int or not isinstance(claim, str) or event.get("claim") != claim:
            return Standing.UNREADABLE
        if self.generation is not None and generation <= self.generation:
            return Standing.OUTBID
        self.generation, self.claim = generation, claim
        return Standing.CLAIMS
