"""The order in which a device's sends leave, as their attempts show it.

The rule. A send comes due at its `not_before` if that lies after its fate, else with its fate. An attempt of B at time
t is out of turn if another send A of the device waits, and

- A was returned or deferred: it is at the head and B waits for it; or
- A came due before B: with neither timed, if A's request lies before B's; else if A's time is the earlier one, or
  the same and its request lies before B's; and A's time is not after t.

A does not count if it is exempt: it stepped aside (deferred by a lock on new chats, or passed by an attempt while the
lock held), is sent again after it was uncertain, has expired by t, or may only be cancelled any more. While new chats
are locked, attempts go to known chats only. Repeats of an attempt that is being reconciled have no turn: the device
does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop
from itertools import takewhile

from mendline.verify.parsing import Json, instant, is_before
from mendline.verify.rules import Rule
from mendline.verify.state import WAITING, Device, Send


def attempted(device: Device, data: Json, offset: int, event: Json) -> None:
    """Nothing that came due earlier waits."""
    send = device.sends.get(data["request"])
    if send is None or send.phase is not WAITING:
        return
    time = event["time"]
    if device.locked_until is not None:
        _mind_lock(device, data, offset, time)
    if device.held is not None and device.held is not send and not _is_exempt(device.held, time):
        _out_of_turn(device, send, device.held, offset)
    queue = device.queue
    while queue and queue[0] is not send and (queue[0].phase is not WAITING or _is_exempt(queue[0], time)):
        queue.popleft()
    if device.timed or (queue and queue[0] is not send):
        _mind_turn(device, send, offset, time)
    elif queue:
        queue.popleft()


def _mind_lock(device: Device, data: Json, offset: int, time: str) -> None:
    if device.locked_until is not None and not is_before(time, device.locked_until):
        device.locked_until = None
    elif data["known_chat"] is not True:
        sentence = f"new chats are locked until {device.locked_until}, and this is not told to be a known one"
        device.violation(Rule.ATTEMPT_NEW_CHAT, sentence, offset)


def _mind_turn(device: Device, send: Send, offset: int, time: str) -> None:
    if send.aside or send is device.held:
        return
    for other in _earlier(device, send, time):
        if device.locked_until is not None:
            other.aside = True
        else:
            _out_of_turn(device, send, other, offset)


def _out_of_turn(device: Device, send: Send, other: Send, offset: int) -> None:
    sentence = f"{send} is attempted although {other}, which came due at {other.came_due}, waits before it"
    device.violation(Rule.ATTEMPT_ORDER, sentence, offset)


def _earlier(device: Device, send: Send, time: str) -> Iterator[Send]:
    turn = instant(send.came_due), send.request
    for other in [*_earlier_in_queue(device, send), *_earlier_timed(device, turn, time)]:
        if other is not send and other.phase is WAITING and not _is_exempt(other, time):
            yield other


def _earlier_in_queue(device: Device, send: Send) -> Iterator[Send]:
    if not send.timed:
        return takewhile(lambda other: other is not send, iter(device.queue))
    turn = instant(send.came_due), send.request
    return takewhile(lambda other: (instant(other.came_due), other.request) < turn, iter(device.queue))


def _earlier_timed(device: Device, turn: tuple[float, int], time: str) -> list[Send]:
    timed, now = device.timed, instant(time)
    while timed and (timed[0][2].phase is not WAITING or _is_exempt(timed[0][2], time)):
        heappop(timed)
    if not timed or timed[0][:2] >= turn or timed[0][0] > now:
        return []
    return [send for due, request, send in timed if (due, request) < turn and due <= now]


def _is_exempt(send: Send, time: str) -> bool:
    return send.aside or send.should_be_over(time)
