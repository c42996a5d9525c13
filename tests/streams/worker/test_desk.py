"""What a process knows of its own effects between two claims."""

from __future__ import annotations

from schemas.device.body import Body
from schemas.device.outcomes import Accepted
from streams.drivers.port import Send
from streams.worker.desk import EffectDesk
from streams.worker.inbox import Ended


def send(message_id: str) -> Send:
    return Send("d1", None, message_id, 1, "to", Body(text="hello"))


def test_every_kept_outcome_of_a_device_is_known_to_the_next_claim() -> None:
    desk = EffectDesk({}, lambda *_: None)
    desk.keep(0, [Ended(send("open"), Accepted()), Ended(send("long uncertain"), Accepted())])
    assert desk.running(0) == {("d1", "open", 1), ("d1", "long uncertain", 1)}
