"""Random histories of partitions, from a seed: many devices, several owners, and everything that counts for nobody."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from schemas.device.body import Body
from schemas.device.lifecycle import (
    DeviceChanged,
    DevicePaired,
    DeviceParked,
    DeviceRegistered,
    DeviceRemoved,
    DeviceResumed,
    DeviceUnpaired,
    MessageReceived,
)
from schemas.device.links import (
    DeviceConnected,
    DeviceDisconnected,
    RefreshAdvanced,
    RefreshFailed,
    RefreshJoined,
    RefreshQueued,
    RefreshStarted,
    RefreshSucceeded,
)
from schemas.device.sends import (
    CampaignCancelled,
    DeliveryRecorded,
    SendCancelled,
    SendDeferred,
    SendExpired,
    SendReconciling,
    SendRejected,
    SendRepeated,
    SendResolved,
    SendReturned,
    SendUncertain,
)
from schemas.envelope import Context
from schemas.message import Event, RequestAlreadyDone, RequestRefused
from tests.projections.events import LATER, accepted, attempted, message_id, of, queued, send
from tests.projections.written_log import WrittenPartition, claimed

Maker = Callable[[Random, int, int], Event]
"""Makes an event about a refresh number and a request."""

OF_DEVICES: tuple[Maker, ...] = (
    lambda r, n, q: DeviceRegistered(driver="simulator", linked=r.random() < 0.8, name=f"name {n}"),
    lambda r, n, q: DeviceChanged(name=f"name {q}", pace_min_s=0.5, pace_max_s=1),
    lambda r, n, q: DeviceRemoved(waiting=0),
    lambda r, n, q: DeviceParked(reason="asked", by="person", until=r.choice([None, LATER])),
    lambda r, n, q: DeviceResumed(why="asked"),
    lambda r, n, q: DevicePaired(jid=f"{n}@phone"),
    lambda r, n, q: DeviceUnpaired(why="asked"),
    lambda r, n, q: MessageReceived(sender="628", body=Body(text="hello\x00")),
    lambda r, n, q: RequestRefused(reason="busy", detail="later"),
    lambda r, n, q: RequestAlreadyDone(reason="healthy"),
)
OF_LINKS: tuple[Maker, ...] = (
    lambda r, n, q: RefreshQueued(refresh=n, why="requested"),
    lambda r, n, q: RefreshStarted(refresh=n, why="send"),
    lambda r, n, q: RefreshStarted(refresh=n, why="retry"),
    lambda r, n, q: RefreshJoined(refresh=n),
    lambda r, n, q: RefreshAdvanced(refresh=n, step=r.choice(["dialled", "logged in"])),
    lambda r, n, q: RefreshSucceeded(refresh=n),
    lambda r, n, q: RefreshFailed(refresh=n, outcome="unreachable", reason="no route", retry_at=LATER),
    lambda r, n, q: DeviceConnected(link=n, how=r.choice(["refreshed", "kept"])),
    lambda r, n, q: DeviceDisconnected(link=n, why="dropped"),
)
OF_SENDS: tuple[Maker, ...] = (
    lambda r, n, q: queued(q, send(f"text {q}"), refresh=r.choice([None, n])),
    lambda r, n, q: attempted(q, 1, send=send(f"text {q}", campaign="spring"), link=n),
    lambda r, n, q: attempted(q, r.randint(1, 3), link=n),
    lambda r, n, q: accepted(q, provider=f"3EB{q}"),
    lambda r, n, q: of(q, SendReturned, attempt=1, reason="gone", retry_at=LATER),
    lambda r, n, q: of(q, SendRejected, attempt=1, reason="blocked"),
    lambda r, n, q: of(q, SendDeferred, attempt=1, reason="slow", until=LATER),
    lambda r, n, q: _reconciling(q, n),
    lambda r, n, q: of(q, SendUncertain, attempt=1, reason="no answer"),
    lambda r, n, q: of(q, SendResolved, attempt=1, resolution=r.choice(["sent", "send_again"]), by="person"),
    lambda r, n, q: of(q, SendExpired),
    lambda r, n, q: of(q, SendCancelled, reason="asked"),
    lambda r, n, q: SendRepeated(request_id=f"r-{q}", first=q, settled=True),
    lambda r, n, q: CampaignCancelled(campaign="spring", up_to=q, sends=1),
    lambda r, n, q: DeliveryRecorded(status="delivered", request=q),
    lambda r, n, q: DeliveryRecorded(status="read", message_id=message_id(q)),
    lambda r, n, q: DeliveryRecorded(status="failed", provider_message_id=f"3EB{q}", note="full"),
)


def history(seed: int, number: int, records: int) -> WrittenPartition:
    """A partition with at least so many records; which follow which is any, as nothing relies on a sane owner."""
    random = Random(f"{seed}/{number}")
    log = claimed(number)
    devices = [f"device-{number}-{n}" for n in range(6)]
    for device in devices:
        log.add(device, OF_DEVICES[0](random, 1, 0))
    while len(log.records) < records:
        _append(log, random, random.choice(devices))
    return log


def _append(log: WrittenPartition, random: Random, device: str) -> None:
    chance = random.random()
    if chance < 0.02:
        log.claim(random.choice(["worker-1", "worker-2"]))
    elif chance < 0.03:
        log.release()
        log.add(device, _event(random))
        log.claim()
    elif chance < 0.06:
        log.void(device, _event(random))
    elif chance < 0.07:
        log.raw(random.choice([None, b"", b"{}", b'{"type": "partition_claimed"}', b"\xff"]))
    elif chance < 0.073:
        log.unknown(device, *random.choice([("device_levitated", None), ("send_accepted", b'{"request": -1}')]))
    else:
        cause = random.choice(["due:test", "driver:1", "request:4"])
        context = Context(actor=random.choice([None, "ann"]))
        log.add(device, _event(random), cause=cause, decides=random.randint(0, 40), context=context)


def _event(random: Random) -> Event:
    makers = random.choices([OF_DEVICES, OF_LINKS, OF_SENDS], weights=[1, 3, 8])[0]
    return random.choice(makers)(random, random.randint(1, 4), random.randint(0, 40))


def _reconciling(request: int, link: int) -> Event:
    return SendReconciling(
        request=request,
        request_id=f"r-{request}",
        attempt=2,
        until=LATER,
        again_at=LATER,
        by="ask",
        link=link,
        message_id=message_id(request),
        reason="crash",
    )
