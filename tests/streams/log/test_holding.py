"""Whether another member may have had a partition meanwhile."""

from __future__ import annotations

from streams.log.holding import Holding


def holding(*generations: tuple[int, set[int]]) -> Holding:
    made = Holding()
    for generation, partitions in generations:
        made.assigned(generation, partitions)
    return made


def test_a_partition_that_was_never_assigned_has_no_holding() -> None:
    assert holding((1, {0})).number(1) == 0


def test_a_partition_that_stays_from_generation_to_generation_is_one_holding() -> None:
    assert holding((1, {0}), (2, {0}), (2, {0})).number(0) == holding((1, {0})).number(0)


def test_a_partition_that_comes_back_is_another_holding() -> None:
    assert holding((1, {0}), (2, set()), (3, {0})).number(0) != holding((1, {0})).number(0)


def test_a_partition_that_stays_over_a_missed_generation_is_another_holding() -> None:
    assert holding((1, {0}), (3, {0})).number(0) != holding((1, {0})).number(0)


def test_generations_that_begin_anew_are_a_gap() -> None:
    assert holding((7, {0}), (1, {0})).number(0) != holding((7, {0})).number(0)


def test_a_partition_given_away_in_the_next_generation_keeps_its_number() -> None:
    assert holding((1, {0}), (2, set())).number(0) == holding((1, {0})).number(0)


def test_a_partition_lost_over_a_missed_generation_has_another_number() -> None:
    assert holding((1, {0}), (3, set())).number(0) != holding((1, {0})).number(0)
