"""What is asked of the fleet in one run: every kind of request, repeated, misplaced and malformed ones too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Literal

from schemas.device import requests as r
from schemas.device.body import Body
from schemas.device.outcomes import Accepted
from schemas.envelope import Context, decode_event, encode_request
from schemas.partitioner import partition_of
from streams.drivers.simulation.kinds import KINDS, Kind
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.case import Case
from tests.faults.simulation.pairing_asking import request_about_pairing
from tests.faults.simulation.partition_log import Loose
from tests.faults.simulation.profile import Profile, prefix_of
from tests.faults.simulation.world import World

RESOLUTIONS: tuple[Literal["sent", "send_again", "give_up"], ...] = ("sent", "send_again", "give_up")
CAMPAIGNS = ("spring", "autumn")
DOUBLED = 0.05


class Producers:
    """Publishes a run's requests at their times.

    device_ids: of the whole fleet, by kind. times: when requests are published. owed: requests that follow others and
    are not published yet. Every request has its own luck, so that others can be left out.
    """

    def __init__(self, world: World, case: Case, profile: Profile, brokers: Brokers) -> None:
        self._all_ids: dict[str, Kind] = {
            f"{prefix_of(kind)}{number:05d}": kind
            for kind in KINDS
            for number in range(1, profile.devices.get(kind, 0) + 1)
        }
        self.device_ids = {device_id: kind for device_id, kind in self._all_ids.items() if case.has(device_id)}
        self.times: list[float] = []
        self._case = case
        self._world = world
        self._profile = profile
        self._brokers = brokers
        self._luck = world.luck("producers")
        self._sent: list[tuple[str, str, Loose]] = []
        self._serial = 0
        self.owed = 0

    def begin(self) -> None:
        """Put every request on the agenda."""
        luck, chaos_s = self._luck, self._profile.chaos_s
        for device_id, kind in self._all_ids.items():
            self._world.after(luck.uniform(0.0, 1.5), self._begin, device_id, kind)
        burst = 0.0
        for number in range(self._profile.requests):
            if luck.random() < 0.3:
                burst = luck.uniform(0.5, 0.95 * chaos_s)
            at = burst + luck.random() if luck.random() < 0.6 else luck.uniform(0.0, chaos_s)
            self.times.append(at)
            self._world.after(at, self._ask, number)

    def _begin(self, device_id: str, kind: Kind) -> None:
        self._luck = self._world.luck(f"registration of {device_id}")
        if device_id in self.device_ids:
            self._register(device_id, kind)

    def resume(self, device_id: str) -> None:
        """Ask for a parked device to go on."""
        self._publish(device_id, r.DeviceResumeRequested())

    def _register(self, device_id: str, kind: Kind) -> None:
        slow = self._luck.random() < 0.3
        pace = (0.05, 0.5) if slow else (0.0, 0.0)
        self._publish(
            device_id, r.DeviceRegistrationRequested(driver=kind, name="x", pace_min_s=pace[0], pace_max_s=pace[1])
        )

    def _later(self, most: float, act: Callable[..., object], *args: object) -> None:
        self.owed += 1
        self._world.after(self._luck.uniform(0.0, most), self._settle, act, *args)

    def _settle(self, act: Callable[..., object], *args: object) -> None:
        self.owed -= 1
        act(*args)

    def _ask(self, number: int) -> None:
        if not self._case.has(f"r{number}") or (self._case.until is not None and self._world.now > self._case.until):
            return
        self._luck = self._world.luck(f"request {number}")
        device_id = self._luck.choice([*self._all_ids])
        kinds, weights = zip(*self._kinds(), strict=True)
        if device_id in self.device_ids:
            self._world.count("requests")
            self._luck.choices(kinds, weights)[0](device_id)

    def _kinds(self) -> Iterator[tuple[Callable[[str], None], float]]:
        yield self._send, 75.0
        yield self._send_again, 8.0
        yield self._reuse_id, 2.0
        yield self._manage, 16.0
        yield self._cancel, 6.0
        yield self._resolve, 4.0
        yield self._remove, 2.0
        yield self._tell, 3.0
        yield self._misplace, 2.0
        yield self._malform, 3.0
        if self._profile.pairings:
            yield self._pair, 60.0

    def _send(self, device_id: str) -> None:
        luck, now = self._luck, self._world.wall()
        not_before = now + timedelta(seconds=luck.uniform(-1.0, 12.0)) if luck.random() < 0.15 else None
        expires_at = now + timedelta(seconds=luck.uniform(0.0, 20.0)) if luck.random() < 0.2 else None
        send = r.SendRequested(
            to=f"to-{luck.randint(1, 4)}",
            body=Body(text=f"text {self._serial}"),
            campaign=luck.choice(CAMPAIGNS) if luck.random() < 0.3 else None,
            not_before=not_before,
            expires_at=expires_at,
        )
        request_id, record = self._publish(device_id, send)
        self._sent.append((device_id, request_id, record))

    def _send_again(self, _device_id: str) -> None:
        if self._sent:
            self._brokers.publish(self._luck.choice(self._sent)[2])

    def _reuse_id(self, _device_id: str) -> None:
        if self._sent:
            device_id, request_id, _ = self._luck.choice(self._sent)
            self._publish(device_id, r.SendRequested(to="to-1", body=Body(text="other")), request_id)

    def _manage(self, device_id: str) -> None:
        soon = self._world.wall() + timedelta(seconds=self._luck.uniform(0.5, 8.0))
        request: r.DeviceRequest = self._luck.choice(
            (
                r.RefreshRequested(),
                r.RefreshRequested(),
                r.RefreshRequested(),
                r.DeviceParkRequested(reason="lunch", until=soon),
                r.DeviceParkRequested(),
                r.DeviceResumeRequested(),
                r.DeviceResumeRequested(),
                r.DeviceChangeRequested(name=f"name {self._serial}"),
            )
        )
        self._publish(device_id, request)

    def _pair(self, device_id: str) -> None:
        self._publish(device_id, request_about_pairing(self._luck))

    def _cancel(self, device_id: str) -> None:
        if self._luck.random() < 0.5 or not self._sent:
            self._publish(device_id, r.SendCancellationRequested(campaign=self._luck.choice(CAMPAIGNS)))
            return
        device_id, request_id, _ = self._luck.choice(self._sent[-8:])
        self._publish(device_id, r.SendCancellationRequested(request_id=request_id))

    def _resolve(self, device_id: str) -> None:
        """A person mostly decides about what is uncertain."""
        named = self._uncertain() or [(sent[0], sent[1]) for sent in self._sent]
        if named:
            device_id, request_id = self._luck.choice(named)
            resolution = self._luck.choice(RESOLUTIONS)
            self._publish(device_id, r.SendResolutionRequested(request_id=request_id, resolution=resolution))

    def _uncertain(self) -> list[tuple[str, str]]:
        records = (record for log in self._brokers.events for record in log.all())
        doubts = (decode_event(r.value) for r in records if b'"type":"send_uncertain"' in (r.value or b""))
        return [(event.subject, event.data["request_id"]) for event in doubts]

    def _remove(self, device_id: str) -> None:
        self._publish(device_id, r.DeviceRemovalRequested())
        if self._luck.random() < 0.7:
            self._later(10.0, self._register, device_id, self.device_ids[device_id])

    def _tell(self, device_id: str) -> None:
        luck = self._luck.random()
        if luck < 0.3:
            id_ = self._luck.choice("pqrst")
            self._publish(device_id, r.DeliveryReported(status="delivered", provider_message_id=id_))
        elif luck < 0.5:
            id_ = self._luck.choice("pqrst")
            self._publish(device_id, r.MessageReported(provider_message_id=id_, sender="6281", body=Body(text="STOP")))
        else:
            self._publish(device_id, r.OutcomeReported(message_id="0" * 32, attempt=1, outcome=Accepted()))

    def _misplace(self, device_id: str) -> None:
        """Another key than the subject, or another partition than the key's."""
        record = self._record(device_id, f"misplaced-{self._next()}", r.RefreshRequested())
        home = partition_of(device_id.encode(), self._profile.partitions)
        if self._luck.random() < 0.5:
            self._brokers.publish(record._replace(key=self._luck.choice((None, b"other"))), home)
        else:
            self._brokers.publish(record, (home + 1) % self._profile.partitions)

    def _malform(self, device_id: str) -> None:
        value = self._luck.choice((None, b"", b"{", b"[]", b'{"specversion":"1.0"}', b"\xff\xfe"))
        unknown = encode_request("u", "no_such_request", device_id, "test", {}, time=self._world.wall())
        wrong = encode_request("w", "send_requested", device_id, "test", {"to": 5}, time=self._world.wall())
        self._brokers.publish(Loose(device_id.encode(), self._luck.choice((value, unknown, wrong))))

    def _publish(self, device_id: str, request: r.DeviceRequest, request_id: str | None = None) -> tuple[str, Loose]:
        name = request_id or f"{request.type}-{self._next()}"
        record = self._record(device_id, name, request)
        self._world.note("producers", f"{request.type} {name} for {device_id}")
        self._brokers.publish(record)
        if self._luck.random() < DOUBLED:
            self._later(3.0, self._brokers.publish, record)
        return name, record

    def _record(self, device_id: str, request_id: str, request: r.DeviceRequest) -> Loose:
        context = Context(actor="somebody") if self._luck.random() < 0.2 else Context()
        value = encode_request(
            request_id, request.type, device_id, "test", request, time=self._world.wall(), context=context
        )
        return Loose(device_id.encode(), value)

    def _next(self) -> int:
        self._serial += 1
        return self._serial
