"""Writes histories for tests: raw records as an owner would write them, or as it never should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from mendline.verify.check import check
from mendline.verify.history import History, PartitionHistory, RawRecord
from mendline.verify.ledger import LedgerEntry
from mendline.verify.limits import Limits
from mendline.verify.rules import Rule

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TERMS = {"schema_level": 1, "installation": "5e1f"}
DEVICE = "alpha"


def moment(seconds: float) -> str:
    """The time so many seconds after the histories' begin, as events write it."""
    return (START + timedelta(seconds=seconds)).isoformat(timespec="microseconds")


class Scribe:
    """Appends to one partition's requests and events, and to the ledger; `at` is its clock, in seconds."""

    def __init__(self, device: str = DEVICE, partition: int = 0, partitions: int = 1) -> None:
        self.device = device
        self.partition = partition
        self.partitions = partitions
        self.requests: list[RawRecord] = []
        self.events: list[RawRecord] = []
        self.ledger: list[LedgerEntry] = []
        self.at = 0.0
        self.generation = 0
        self.claim_id = ""
        self.next_request = 0
        self.refresh = 0
        self.link: int | None = None
        self.driver = "simulated"

    @property
    def end(self) -> int:
        """The offset of the next event."""
        return self.events[-1].offset + 1 if self.events else 0

    def history(self) -> History:
        """What was written so far."""
        return History(self.partitions, [PartitionHistory(self.partition, self.requests, self.events)])

    def broken(self, **limits: Any) -> set[Rule]:
        """The rules that the log, without the ledger, is found to break."""
        return {*check(self.history(), None, Limits(**limits)).rules}

    def broken_by_effects(self, **limits: Any) -> set[Rule]:
        """The rules that the log and the ledger are found to break."""
        return {*check(self.history(), self.ledger, Limits(**limits)).rules}

    # the log's primitives

    def claim(self, owner: str = "one", **data: Any) -> int:
        """Append a claim marker of the next generation."""
        self.generation += 1
        self.claim_id = f"{self.generation:016x}"
        said = {"generation": self.generation, "claim": self.claim_id, "owner": owner}
        said |= TERMS | {"partitions": self.partitions} | data
        self.link = None
        return self.tell("partition_claimed", said, subject="(partition)", claim=said["claim"])

    def release(self) -> int:
        """Append the owner's release."""
        return self.tell("partition_released", {}, subject="(partition)")

    def ask(self, type_: str, data: Any, request_id: str = "", **changes: Any) -> int:
        """Append a request."""
        offset, self.next_request = self.next_request, self.next_request + 1
        subject = changes.pop("subject", self.device)
        key = changes.pop("key", subject.encode())
        value = {
            "specversion": "1.0",
            "id": request_id or f"r{offset}",
            "type": type_,
            "source": "test",
            "subject": subject,
            "data": data,
        }
        self.requests.append(RawRecord(offset, key, orjson.dumps(value | changes)))
        return offset

    def tell(self, type_: str, data: dict[str, Any], decides: int | None = None, **changes: Any) -> int:
        """Append an event; `changes` are to its envelope, its `key` and its `offset`."""
        offset: int = changes.pop("offset", self.end)
        subject = changes.pop("subject", self.device)
        key = changes.pop("key", subject.encode())
        value = {
            "specversion": "1.0",
            "id": f"device-events/{self.partition}/{offset}",
            "type": type_,
            "source": "mendline",
            "subject": subject,
            "time": moment(self.at),
            "claim": self.claim_id,
            "sequence": str(offset),
            "cause": "driver:1" if decides is None else f"request:{decides}",
            "data": data,
        }
        fate = {} if decides is None else {"decides": str(decides)}
        self.events.append(RawRecord(offset, key, orjson.dumps(value | fate | changes)))
        return offset

    def see(self, what: str, request: int | None = None, attempt: int | None = None, **changes: Any) -> None:
        """Append to the ledger."""
        message_id = None if request is None else message_id_of(request)
        fields: dict[str, Any] = {"worker": "one", "session": 1, "device_id": self.device, "link": self.link}
        fields["driver"] = self.driver
        said = fields | {"message_id": message_id, "attempt": attempt, "what": what} | changes
        self.ledger.append(LedgerEntry(**said))

    # devices

    def register(self, driver: str = "simulated", *, linked: bool = True) -> int:
        """Ask for a device, and have it."""
        self.driver = driver
        asked = self.ask("device_registration_requested", {"driver": driver})
        data = {"driver": driver, "linked": linked, "name": "", "pace_min_s": 0.0, "pace_max_s": 0.0}
        return self.tell("device_registered", data, decides=asked)

    def start_refresh(self, number: int | None = None, *, decides: int | None = None) -> int:
        """Begin to mend, under the next number if none is given."""
        self.refresh = self.refresh + 1 if number is None else number
        self.see("connecting", link=self.refresh)
        return self.tell("refresh_started", {"refresh": self.refresh, "why": "send"}, decides)

    def connect(self) -> int:
        """Mend the link."""
        self.start_refresh()
        self.tell("refresh_succeeded", {"refresh": self.refresh})
        self.link = self.refresh
        self.see("connected")
        return self.tell("device_connected", {"link": self.refresh, "how": "refreshed", "jid": None})

    def disconnect(self, link: int | None = None, why: str = "dropped") -> int:
        """Lose the link."""
        ended = self.link if link is None else link
        self.see("dropped", link=ended)
        self.link = None
        return self.tell("device_disconnected", {"link": ended, "why": why, "reason": None})

    def park(self) -> int:
        """Ask to park the device, and do it."""
        asked = self.ask("device_park_requested", {})
        return self.tell("device_parked", {"reason": "asked", "by": "person", "until": None}, decides=asked)

    def remove(self) -> int:
        """Ask to remove the device, and do it."""
        asked = self.ask("device_removal_requested", {})
        return self.tell("device_removed", {"waiting": 0}, decides=asked)

    # sends

    def ask_send(self, request_id: str = "", **asked: Any) -> int:
        """Ask for a send."""
        return self.ask("send_requested", {"to": "+62811", "body": {"text": "Hello"}} | asked, request_id)

    def queue(self, request_id: str = "", **asked: Any) -> int:
        """Ask for a send, and have it wait."""
        request = self.ask_send(request_id, **asked)
        self.tell("send_queued", self.of(request) | {"send": sent(asked), "reason": "busy"}, decides=request)
        return request

    def attempt(self, request: int, attempt: int = 1, **changes: Any) -> int:
        """Try a waiting send."""
        data = {
            "attempt": attempt,
            "message_id": message_id_of(request),
            "link": self.link,
            "known_chat": None,
        }
        return self.tell("send_attempted", self.of(request) | data | {"send": None} | changes)

    def send(self, request_id: str = "", **asked: Any) -> int:
        """Ask for a send, and try it at once; the message leaves."""
        request = self.ask_send(request_id, **asked)
        data = {"attempt": 1, "message_id": message_id_of(request), "link": self.link, "known_chat": None}
        self.tell("send_attempted", self.of(request) | data | {"send": sent(asked)}, decides=request)
        self.see("sent", request, 1)
        return request

    def outcome(self, type_: str, request: int, attempt: int = 1, **data: Any) -> int:
        """Tell what came of an attempt: `accepted`, `returned` and so on."""
        given = {"attempt": attempt, "reason": "said so", "pace_until": None, "until": None} | data
        return self.tell(f"send_{type_}", self.of(request) | given)

    def accept(self, request: int, attempt: int = 1, **data: Any) -> int:
        """Have the platform take an attempt's message."""
        return self.outcome("accepted", request, attempt, provider_message_id=None, **data)

    def reconcile(self, request: int, attempt: int = 1, by: str = "ask", **data: Any) -> int:
        """Ask about an attempt, or repeat it."""
        given = {"until": moment(60), "by": by, "message_id": message_id_of(request), "link": self.link}
        return self.outcome("reconciling", request, attempt, **(given | data))

    def resolve(self, request: int, resolution: str, by: str = "person", attempt: int = 1) -> int:
        """Resolve an uncertain send; a person asks for it."""
        data = self.of(request) | {"attempt": attempt, "resolution": resolution, "by": by}
        return self.tell("send_resolved", data, self._asked_by(by, request, resolution))

    def _asked_by(self, by: str, request: int, resolution: str) -> int | None:
        if by != "person":
            return None
        named = {"request_id": self.of(request)["request_id"], "resolution": resolution}
        return self.ask("send_resolution_requested", named)

    def of(self, request: int) -> dict[str, Any]:
        """The names of a send: its request's offset and id."""
        return {"request": request, "request_id": orjson.loads(self.requests[request].value or b"")["id"]}


def sent(asked: dict[str, Any]) -> dict[str, Any]:
    """The whole send, as its fate states it."""
    whole = {"to": "+62811", "body": {"text": "Hello", "media": None}, "campaign": None, "not_before": None}
    return whole | {"expires_at": moment(86400), "digest": "0" * 16} | asked


def message_id_of(request: int) -> str:
    """The id under which a send goes out."""
    return f"{request:032x}"


def ready(
    *, driver: str = "simulated", linked: bool = True, device: str = DEVICE, partition: int = 0, partitions: int = 1
) -> Scribe:
    """A history with one device that can send."""
    scribe = Scribe(device, partition, partitions)
    scribe.claim()
    scribe.register(driver, linked=linked)
    if linked:
        scribe.connect()
    return scribe
