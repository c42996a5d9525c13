"""All that a request causes at once lies side by side, its fate first."""

from __future__ import annotations

from mendline.verify.place import Place
from mendline.verify.rules import Rule

REQUEST = "request:"


class Decisions:
    """The decision that the last event belongs to, told by its cause; only those of requests can be told apart."""

    __slots__ = ("_cause", "_end", "_place")

    def __init__(self, place: Place) -> None:
        self._place = place
        self._cause = ""
        self._end = -1

    def begin(self, decides: int, cause: str, offset: int) -> None:
        """A fate: the decision of its request begins."""
        if cause != REQUEST + str(decides):
            sentence = f"the fate of request {decides} names {cause} as its cause"
            self._place.violation(Rule.DECISION_TORN, sentence, offset, request=decides)
        self._cause, self._end = cause, offset + 1

    def go_on(self, cause: str, offset: int) -> None:
        """An event that a request caused, and no fate: it belongs to the decision that has just begun."""
        if cause != self._cause or offset != self._end:
            sentence = f"an event of {cause} does not lie beside its fate"
            self._place.violation(Rule.DECISION_TORN, sentence, offset)
        self._end = offset + 1
