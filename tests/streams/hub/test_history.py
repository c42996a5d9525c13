"""A history knows what it has, and what it has no more."""

from __future__ import annotations

from streams.hub.history import OVERHEAD_BYTES, History
from streams.hub.kept import Kept

DATA = b"{}"
ROOM_FOR_TWO = 2 * (OVERHEAD_BYTES + len(DATA))


def event(offset: int) -> Kept:
    return Kept(offset, "t", "s", "now", DATA)


def written(*groups: str, max_bytes: int = 10_000) -> History:
    """From offset 10 on an event for each of these groups."""
    history = History(10, max_bytes)
    for offset, group in enumerate(groups, 10):
        history.add(event(offset), (group,))
    return history


def test_a_group_finds_what_lies_behind_an_offset_in_order() -> None:
    history = written("a", "b", "a", "a")
    assert [each.offset for each in history.of("a", 10)] == [12, 13]
    assert [each.offset for each in history.all(10)] == [11, 12, 13]


def test_it_reaches_back_to_just_before_its_beginning() -> None:
    history = written("a", "a")
    assert [history.reaches(after) for after in (8, 9, 11, 12)] == [False, True, True, False]


def test_what_was_read_and_does_not_count_is_not_missed() -> None:
    history = written("a")
    history.pass_to(20)
    assert (history.reaches(19), history.reaches(20)) == (True, False)


def test_the_oldest_leave_when_it_is_full() -> None:
    history = written("a", "b", "a", max_bytes=ROOM_FOR_TWO)
    assert ([each.offset for each in history.all(0)], history.reaches(9)) == ([11, 12], False)


def test_a_group_that_lost_nothing_since_misses_nothing() -> None:
    history = written("a", "b", "b", "b", "b", max_bytes=ROOM_FOR_TWO)
    assert (history.reaches(10, ["a"]), history.reaches(9, ["a"]), history.reaches(10, ["b"])) == (True, False, False)


def test_nothing_is_known_of_what_lies_before_it_was_begun() -> None:
    history = written("a", "b", "b", "b", max_bytes=ROOM_FOR_TWO)
    assert (history.reaches(8, ["c"]), history.reaches(9, ["c"])) == (False, True)


def test_of_too_many_groups_it_forgets_when_they_lost_something() -> None:
    many = [f"g{number}" for number in range(20_100)]
    history = written(*many, max_bytes=ROOM_FOR_TWO)
    assert (history.reaches(10, ["g0"]), history.reaches(10_100, ["g0"])) == (False, True)
