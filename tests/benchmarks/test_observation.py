"""What the peers' benchmark reads out of a log."""

from __future__ import annotations

import orjson

from benchmarks.peers.observation import History, Reader


def note(reader: Reader, kind: str, request: int, at: int) -> None:
    """Hand the reader one event of the only device."""
    reader.note(0, b"device-1", orjson.dumps({"type": kind, "data": {"request": request}}), at)


def test_sends_a_second_count_from_the_first_event_to_the_last_outcome() -> None:
    history = History(began=1000, settled=[1500, 2000, 2500, 3000])
    assert history.whole_rate() == 2.0


def test_the_warm_rate_leaves_out_what_was_settled_during_the_warm_up() -> None:
    history = History(began=0, settled=[500, 1000, 6000, 7000, 8000, 10_000])
    assert history.warm_rate(warm_up_s=2) == 0.5


def test_a_run_no_longer_than_twice_its_warm_up_counts_its_second_half_as_warm() -> None:
    history = History(began=0, settled=[1000, 3000, 4000])
    assert history.warm_rate(warm_up_s=10) == 1.0


def test_a_send_that_begins_before_the_last_one_of_its_device_has_ended_is_out_of_turn() -> None:
    reader = Reader()
    note(reader, "send_attempted", 1, 10)
    note(reader, "send_attempted", 2, 11)
    assert reader.history.out_of_turn == 1


def test_sends_that_follow_each_other_are_in_turn() -> None:
    reader = Reader()
    for request in (1, 2):
        note(reader, "send_attempted", request, 10 * request)
        note(reader, "send_accepted", request, 10 * request + 5)
    assert (reader.history.out_of_turn, reader.history.settled) == (0, [15, 25])


def test_every_end_of_a_send_but_its_first_was_one_too_many() -> None:
    reader = Reader()
    for at in (10, 20, 30):
        note(reader, "send_accepted", 1, at)
    assert reader.history.twice == 2


def test_what_is_no_send_counts_for_nothing() -> None:
    reader = Reader()
    note(reader, "device_registered", 1, 10)
    assert reader.history == History()
