"""While a batch is made nothing is collected, and what was made is not looked at right after."""

from __future__ import annotations

import gc

from projections.garbage import collection_paused


def collections() -> int:
    """How often garbage was collected so far."""
    return sum(generation["collections"] for generation in gc.get_stats())


def test_nothing_is_collected_inside_and_something_again_after() -> None:
    with collection_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_inside_does_not_make_a_collection_due() -> None:
    gc.collect()
    collected = collections()
    with collection_paused():
        made = [[n] for n in range(10_000)]
    made.append([])
    assert collections() == collected


def test_a_collection_that_was_off_before_stays_off() -> None:
    gc.disable()
    with collection_paused():
        pass
    was_on = gc.isenabled()
    gc.enable()
    assert not was_on
