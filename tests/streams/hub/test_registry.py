"""What the log says of a node, in whatever order it comes to read it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.envelope import NO_CONTEXT, EventEnvelope
from streams.hub.registry import tell
from tests.streams.hub.made_up_hub import MadeUpHub


def said(type_: str, subject: str, **data: Any) -> EventEnvelope:
    """An event that counts."""
    return EventEnvelope(type_, subject, "2026-11-23T18:00:00Z", "c1", 0, None, "", data, NO_CONTEXT)


@pytest.mark.parametrize(
    ("type_", "reason"), [("node_lost", None), ("request_refused", "node_lost"), ("request_already_done", "lost")]
)
async def test_a_node_whose_loss_is_told_in_any_way_is_another_one_from_there_on(
    type_: str, reason: str | None
) -> None:
    made = MadeUpHub()
    _, wire = made.connected()
    before = made.hub.node
    tell(made.hub, said(type_, f"node:{before}", request_id=7, reason=reason))
    assert (made.hub.node != before, wire.closed) == (True, 4004)


@pytest.mark.parametrize(("node", "reason"), [("mine", "node_alive"), ("other", "node_lost")])
async def test_a_node_that_is_not_lost_stays_who_it_is(node: str, reason: str) -> None:
    made = MadeUpHub()
    made.hub.node = "mine"
    tell(made.hub, said("request_refused", f"node:{node}", request_id=7, reason=reason))
    assert made.hub.node == "mine"
