"""Claim markers and releases: generations rise by one, each claim has an id of its own, and ends where it breaks."""

from __future__ import annotations

from mendline.verify.counting import Standing
from mendline.verify.parsing import Json
from mendline.verify.place import Place, process_of
from mendline.verify.rules import Rule


class Claims:
    """The claims of one partition; `broken_at`: where an event of the last claim lies elsewhere than expected."""

    def __init__(self, place: Place) -> None:
        self.broken_at: int | None = None
        self._place = place
        self._generation: int | None = None
        self._seen: set[str] = set()
        self._terms: tuple[object, object] | None = None
        self._level = 0
        self._released: str | None = None

    def claimed(self, event: Json, offset: int, *, first_known: bool) -> None:
        """A valid marker."""
        data = event["data"]
        self._mind_generation(data["generation"], offset, first_known=first_known)
        if data["claim"] in self._seen:
            self._place.violation(Rule.CLAIM_REUSED, f"claim {data['claim']} was used before", offset)
        self._seen.add(data["claim"])
        self._mind_terms(data, offset)
        self.broken_at = self._released = None
        self._place.owner, self._place.process = data["owner"], process_of(data)

    def _mind_generation(self, generation: int, offset: int, *, first_known: bool) -> None:
        before = self._generation if self._generation is not None else 0 if first_known else generation - 1
        if generation != before + 1:
            sentence = f"generation {generation} follows generation {before}"
            self._place.violation(Rule.CLAIM_GENERATION, sentence, offset)
        self._generation = generation

    def _mind_terms(self, data: Json, offset: int) -> None:
        """A worker of another installation, or of an older schema level, does not claim."""
        terms = data["partitions"], data["installation"]
        if terms != (self._terms or terms) or data["schema_level"] < self._level:
            sentence = f"{data['owner']} claims with other terms than the owner before it"
            self._place.violation(Rule.CLAIM_FOREIGN, sentence, offset)
        self._terms, self._level = terms, data["schema_level"]
        if data["partitions"] != self._place.count:
            sentence = (
                f"{data['owner']} takes the topic for one of {data['partitions']} partitions, not {self._place.count}"
            )
            self._place.violation(Rule.CLAIM_FOREIGN, sentence, offset)

    def continued(self, offset: int) -> None:
        """An event counts although its claim broke off before."""
        sentence = f"the claim goes on although its event at {self.broken_at} lies elsewhere than expected"
        self._place.violation(Rule.CLAIM_CONTINUED, sentence, offset)
        self.broken_at = None

    def released(self, event: Json) -> None:
        """The owner gave the partition up."""
        self._released = event["claim"]

    def void(self, standing: Standing, event: Json, offset: int) -> None:
        """An event that does not count; it may show that its writer went on where it must not."""
        if standing is Standing.MISPLACED and self.broken_at is None:
            self.broken_at = offset
        meant = self._released is not None and event.get("claim") == self._released
        if meant and event.get("sequence") == str(offset):
            sentence = "an owner goes on writing after its own release"
            self._place.violation(Rule.CLAIM_RELEASED, sentence, offset)
