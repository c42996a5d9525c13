"""Frames: what a client may say, and what the hub says."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.hub.frames import FROM_CLIENT, FROM_HUB, Connect, Ping, Wanted, client_frames, hub_frames


def test_a_client_may_come_back_to_a_group_with_its_cursor() -> None:
    said = {
        "type": "connect",
        "token": "t",
        "join": [{"group": "device:7", "epoch": "e", "after": {"device-events/3": 9}}],
    }
    wanted = Wanted(group="device:7", epoch="e", after={"device-events/3": 9})
    assert client_frames.validate_python(said) == Connect(token="t", join=(wanted,))


def test_members_that_are_not_known_are_passed_over() -> None:
    assert client_frames.validate_python({"type": "ping", "sent_at": 5}) == Ping()


@pytest.mark.parametrize(
    "said",
    [
        {"type": "shout"},
        {},
        {"type": "connect"},
        {"type": "join", "groups": "fleet"},
        {"type": "join", "groups": [{"group": "fleet", "after": {"device-events/0": -2}}]},
        {"type": "leave", "groups": ["fleet"] * 101},
    ],
)
def test_what_is_no_frame_of_a_client_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        client_frames.validate_python(said)


def test_each_frame_is_told_apart_by_its_type() -> None:
    types = [frame.model_fields["type"].default for frame in (*FROM_CLIENT, *FROM_HUB)]
    assert len(types) == len(set(types))


def test_a_frame_of_the_hub_is_read_by_its_type() -> None:
    assert hub_frames.validate_python({"type": "pong"}).type == "pong"
