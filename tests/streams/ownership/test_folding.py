"""What a snapshot holds of a partition: all that its owner goes on from, and nothing that was not saved."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.device.body import Body, Media
from streams.ownership.budgets import Budgets
from streams.ownership.folding import Folding, state_version
from streams.ownership.frames import StateDamagedError, framed, unframed
from streams.ownership.plain import shape
from streams.ownership.tenure import Inheritance
from streams.ownership.window import Window
from tests.streams.ownership.stage import EVERYTHING, HI, Stage, sending, stage

PICTURE = Body(text="look", media=Media(kind="image", url="https://pictures.test/1", filename="1.png"))


def _eventful() -> Stage:
    """One send is open, one uncertain, one waits for its time, one is to be cancelled, many are over."""
    on, send = sending("linked")
    on.answer(send, o.Uncertain(reason="timeout"))
    on.append()
    for number in range(9):
        on.ask("d1", HI, f"done-{number}")
        on.append()
        on.answer(on.sends()[0], o.Accepted())
    on.ask("d1", r.SendRequested(to="eva", body=PICTURE, not_before=on.at + timedelta(hours=1)), "later")
    on.ask("d1", HI, "open")
    on.ask("d1", r.SendRequested(to="ana", body=PICTURE, campaign="spring"), "waits")
    on.ask("d2", r.DeviceRegistrationRequested(driver="platform"))
    on.append()
    on.claim(another_process=True)
    return on


def _first_words(on: Stage, state: bytes, begin: int) -> list[bytes]:
    """What an owner decides at the beginning that goes on from a snapshot."""
    on.budgets, on.draw = Budgets(), Random(7).random
    owner = on.fresh_owner()
    owner.resume(Folding.restored(state))
    on._fold(owner, begin)
    on.read_open(owner)
    owner.begin(on.at + timedelta(hours=2), Inheritance())
    on.read_again(owner)
    owner.due(on.at + timedelta(hours=3))
    return [event.value for event in owner.take(EVERYTHING)]


def test_an_owner_that_begins_with_a_snapshot_decides_as_one_that_folds_everything() -> None:
    on = _eventful()
    whole = _first_words(on, Folding().saved(), 0)
    assert all(_first_words(on, on.saved(k), k) == whole for k in range(len(on.events)))
    assert len(whole) > 1


def test_a_repeat_of_a_send_from_before_the_snapshot_is_known() -> None:
    on = _eventful()
    on.claim(saved_at=1.0)
    on.ask("d1", HI, "done-3")
    on.append()
    assert on.types("d1")[-1] == "send_repeated"


def test_a_repeat_is_known_where_nothing_else_is_left_of_its_device() -> None:
    on, send = sending("platform")
    on.answer(send, o.Accepted())
    on.append()
    on.claim(saved_at=1.0)
    on.ask("d1", HI, "r1")
    on.append()
    assert on.types("d1")[-1] == "send_repeated"


def test_the_same_log_is_saved_as_the_same_bytes() -> None:
    on = _eventful()
    assert on.saved(len(on.events)) == on.folded()._folding.saved()


def test_what_is_restored_is_what_was_saved() -> None:
    on = _eventful()
    states = [on.saved(position) for position in range(len(on.events) + 1)]
    assert [Folding.restored(state).saved() for state in states] == states


def test_an_attempt_that_this_process_never_began_comes_back_behind_a_snapshot_too() -> None:
    on = stage("platform")
    on.ask("d1", HI)
    on.append_unknown(9)
    on.claim(saved_at=1.0)
    on.append()
    assert on.types("d1")[-2:] == ["send_returned", "send_attempted"]


@pytest.mark.parametrize("damage", [b"", b"\0" * 9, framed([b"{}"]), framed([b"[]", b"{}", b""])])
def test_what_is_no_saved_state_is_refused(damage: bytes) -> None:
    with pytest.raises(StateDamagedError):
        Folding.restored(damage)


@given(cut=st.integers(1, 400))
def test_a_truncated_state_is_refused(cut: int) -> None:
    on = stage()
    on.ask("d1", HI, "r1")
    on.append()
    saved = on.saved(len(on.events))
    with pytest.raises(StateDamagedError):
        Folding.restored(saved[: -min(cut, len(saved) - 1)])


def test_the_version_of_states_is_the_one_that_was_looked_at() -> None:
    """Whoever changes what is saved raises MEANING if it means something else now, and writes the new version here."""
    assert state_version() == "device-4-c3a5d6e6"


def test_another_field_is_another_shape() -> None:
    assert shape(Window, tuple) == shape()
    assert shape(type(Stage().owner.book.device("d1"))) != shape()


@given(parts=st.lists(st.binary(max_size=20)))
def test_parts_come_back_from_their_frames(parts: list[bytes]) -> None:
    assert unframed(framed(parts)) == parts


@given(parts=st.lists(st.binary(max_size=20), min_size=1), cut=st.integers(1, 8))
def test_parts_that_were_cut_are_refused(parts: list[bytes], cut: int) -> None:
    with pytest.raises(StateDamagedError):
        unframed(framed([*parts, b"at the end"])[:-cut])
