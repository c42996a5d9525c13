"""All that a request causes at once lies side by side, with its fate."""

from __future__ import annotations

from mendline.verify.parsing import Json
from mendline.verify.place import Place
from mendline.verify.rules import Rule


class Decisions:
    """The decision that the last event belongs to, told by its cause; only those of requests can be told apart."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._cause = ""
        self._offset = -1
        self._request = -1
        self._fated = -1

    def look_at(self, event: Json, offset: int) -> None:
        """The next event that counts."""
        cause: str = event["cause"]
        if cause != self._cause:
            self._mind_fate()
            self._begin(cause, offset)
        elif offset != self._offset + 1 and cause.startswith("request:"):
            self._torn(f"events of {cause} lie apart", offset)
        if "decides" in event:
            self._fated = int(event["decides"])
        self._cause, self._offset = cause, offset

    def _begin(self, cause: str, offset: int) -> None:
        if not cause.startswith("request:"):
            return
        request = int(cause[8:])
        if request <= self._request:
            self._torn(f"{cause} has events after those of request:{self._request}", offset)
        self._request = request

    def _mind_fate(self) -> None:
        if self._cause.startswith("request:") and self._fated < self._request:
            self._torn(f"{self._cause} has events, but no fate among them", self._offset)

    def _torn(self, sentence: str, offset: int) -> None:
        self._place.violation(Rule.DECISION_TORN, sentence, offset)
