"""Telling a group: each frame is built once, and each socket written once a turn of the loop."""

from __future__ import annotations

import asyncio

import pytest

from streams.hub.fan_out import HELD_S, FanOut, Joined, Message, wire


class Socket:
    """A listener that keeps what was written to it."""

    def __init__(self, audit: bool = False) -> None:
        self.audit = audit
        self.pairs = self.streams = False
        self.pending: list[bytes] = []
        self.written: list[bytes] = []

    def frame(self, message: Message) -> bytes:
        return message.wire(self.audit)

    def flush(self, joined: Joined) -> bool:
        self.written.append(joined[tuple(self.pending)])
        self.pending.clear()
        return True


class Broken(Socket):
    """A listener with a bug."""

    def flush(self, joined: Joined) -> bool:
        raise OSError("broken")


async def test_all_of_a_turn_is_one_write() -> None:
    fan_out, socket = FanOut(), Socket()
    fan_out.join("fleet", socket)
    fan_out.publish("fleet", Message(b"1", b"1"))
    fan_out.publish("fleet", Message(b"2", b"2"))
    await asyncio.sleep(0)
    assert socket.written == [wire(b"1") + wire(b"2")]


async def test_who_may_not_see_what_is_personal_gets_it_masked() -> None:
    fan_out, auditor, other = FanOut(), Socket(audit=True), Socket()
    for socket in (auditor, other):
        fan_out.join("fleet", socket)
    fan_out.publish("fleet", Message(masked=b"a***", full=b"anna"))
    await asyncio.sleep(0)
    assert (auditor.written, other.written) == ([wire(b"anna")], [wire(b"a***")])


async def test_who_has_left_a_group_is_told_no_more() -> None:
    fan_out, socket = FanOut(), Socket()
    fan_out.join("fleet", socket)
    fan_out.leave("fleet", socket)
    fan_out.publish("fleet", Message(b"1", b"1"))
    await asyncio.sleep(0)
    assert socket.written == []
    assert not fan_out.listened("fleet")


async def test_a_group_is_listened_to_as_long_as_one_is_in_it() -> None:
    fan_out, first, second = FanOut(), Socket(), Socket()
    fan_out.join("fleet", first)
    fan_out.join("fleet", second)
    fan_out.leave("fleet", first)
    assert fan_out.listened("fleet")


async def test_what_several_are_told_in_one_turn_is_joined_once_for_all_of_them() -> None:
    fan_out, first, second = FanOut(), Socket(), Socket()
    for socket in (first, second):
        fan_out.join("fleet", socket)
    for payload in (b"1", b"2"):
        fan_out.publish("fleet", Message(payload, payload))
    await asyncio.sleep(0)
    assert first.written[0] is second.written[0]


async def test_one_that_cannot_be_told_does_not_keep_others_from_it() -> None:
    fan_out, broken, others = FanOut(), Broken(), [Socket(), Socket()]
    for socket in (others[0], broken, others[1]):
        fan_out.give(socket, wire(b"1"))
    with pytest.raises(OSError, match="broken"):
        fan_out.flush()
    await asyncio.sleep(2 * HELD_S)
    assert [socket.written for socket in others] == [[wire(b"1")]] * 2


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f" + (65_536).to_bytes(8)),
    ],
)
def test_a_frame_says_its_length_as_websocket_wants_it(size: int, header: bytes) -> None:
    assert wire(b"x" * size) == header + b"x" * size


def test_a_frame_is_built_once_whoever_gets_it() -> None:
    message = Message(b"x", b"x")
    assert message.wire(audit=True) is message.wire(audit=False)
