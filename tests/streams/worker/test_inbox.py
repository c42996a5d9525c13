"""Words of drivers are kept until the log has what came of them."""

from __future__ import annotations

from schemas.device.body import Body
from schemas.device.outcomes import Accepted
from streams.drivers.port import Send
from streams.worker.inbox import Ended, Inbox


def test_an_outcome_that_could_not_be_decided_is_left_for_the_next_owner() -> None:
    inbox = Inbox()
    undecided, decided = (Ended(Send("d1", None, name, 1, "to", Body(text="hi")), Accepted()) for name in "ab")
    inbox.put(undecided)
    inbox.put(decided)
    inbox.read(lambda word: None if word is undecided else 1)
    inbox.recorded(1)
    assert (len(inbox), inbox.clear()) == (0, [undecided])
