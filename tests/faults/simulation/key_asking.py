"""What is asked of API keys in a history of clients: few, each made, made otherwise and revoked again and again."""

from __future__ import annotations

from schemas.control.requests import KeyCreationRequested, KeyRevocationRequested
from schemas.control.tokens import hash_of, subject_of
from schemas.envelope import Context, encode_request
from schemas.message import Request
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.case import Case
from tests.faults.simulation.partition_log import Loose
from tests.faults.simulation.profile import Profile
from tests.faults.simulation.world import World

SECRETS = ("0" * 32, "1" * 32)
SUBJECTS = (*(subject_of(f"key-{number}") for number in range(4)), "job:1")
DOUBLED = 0.15


class KeyProducer:
    """Publishes a run's requests to keys."""

    def __init__(self, world: World, case: Case, profile: Profile, brokers: Brokers) -> None:
        self._world = world
        self._case = case
        self._profile = profile
        self._brokers = brokers

    def begin(self) -> None:
        """Put every request on the agenda."""
        luck = self._world.luck("keys' times")
        for number in range(self._profile.requests):
            self._world.after(luck.uniform(0.3, 0.9 * self._profile.chaos_s), self._ask, number)

    def _ask(self, number: int) -> None:
        if not self._case.has(f"r{number}") or (self._case.until is not None and self._world.now > self._case.until):
            return
        luck = self._world.luck(f"request {number} to a key")
        self._world.count("requests")
        subject, secret = luck.choice(SUBJECTS), luck.choice(SECRETS)
        creation = KeyCreationRequested(name="shop", hash=hash_of(secret), scopes=("send",))
        record = self._record(subject, f"key-{number}", luck.choice((creation, creation, KeyRevocationRequested())))
        self._brokers.publish(record)
        if luck.random() < DOUBLED:
            self._world.after(3.0 * luck.random(), self._brokers.publish, record)

    def _record(self, subject: str, request_id: str, request: Request) -> Loose:
        at, context = self._world.wall(), Context(actor="somebody")
        self._world.note("producers", f"{request} {request_id} for {subject}")
        value = encode_request(request_id, request.type, subject, "test", request, time=at, context=context)
        return Loose(subject.encode(), value)
