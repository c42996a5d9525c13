"""How one call goes, without sending anything: what to ask, when to pause and ask again, when to give up.

A generator says what is to be done and is told what came of it, so that both clients share all of this.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from mendline.client.call import OWN_WRITES, Answered, Call, Failed, Reply
from mendline.client.errors import MendlineError, UnreachableError
from mendline.client.own_writes import OwnWrites
from mendline.client.patience import Patience
from mendline.client.place import Addresses
from mendline.client.reading import problem_of, written

A = TypeVar("A")
POSITION, RETRY_AFTER = "mendline-position", "retry-after"
JSON = "application/json"
ANSWER_S = 15.0
"""How long a node may take beyond what it was told to wait."""
LONGEST_RETRY_AFTER_S = 60.0
AGAIN = frozenset({429, 502, 503, 504})
UNTAKEN_CODES = frozenset({"too_many_requests", "too_many_connections", "queue_full", "not_ready"})
"""Of these it is certain that nothing came of the call."""


class Ask(NamedTuple):
    """A request to be sent."""

    method: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None
    timeout_s: float


class Pause(NamedTuple):
    """Nothing is to be done for a while; it is answered with None."""

    seconds: float


Step = Ask | Pause
Steps = Generator[Step, Reply | None, A]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What all calls of one client share."""

    addresses: Addresses
    key: str = field(repr=False)
    patience: Patience
    own: OwnWrites
    reads_own_writes: bool

    def steps(self, call: Call[A]) -> Steps[A]:
        """What to do for a call; returns its answer. Raises MendlineError."""
        deadline = self.patience.now() + call.waits_s + self.patience.for_s
        failures = 0
        while True:
            asked = self._ask(call)
            reply = yield asked
            assert reply is not None
            self._remember(call, reply)
            if isinstance(reply, Answered) and reply.status < 400:
                return call.read(reply)
            failures += 1
            pause_s = self._pause_s(call, reply, failures)
            if pause_s is None or self.patience.now() + pause_s > deadline:
                raise _error_of(reply, asked)
            self._leave(reply, asked)
            yield Pause(pause_s)

    def _ask(self, call: Call[A]) -> Ask:
        at_least = self._own_of(call) if call.at_least == OWN_WRITES else call.at_least
        params = {**call.params, **({"at_least": at_least} if at_least else {})}
        headers = {"Authorization": f"Bearer {self.key}", "Accept": JSON, **call.headers}
        url = self.addresses.present + call.path
        body = None if call.body is None else written(call.body)
        told = headers | {"Content-Type": JSON} if body is not None else headers
        return Ask(call.method, url, {n: _text(v) for n, v in params.items()}, told, body, call.waits_s + ANSWER_S)

    def _own_of(self, call: Call[A]) -> str | None:
        return self.own.of(call.about) if self.reads_own_writes else None

    def _remember(self, call: Call[A], reply: Reply) -> None:
        # A refusal lies in the log, too.
        if call.writes and isinstance(reply, Answered) and (positions := reply.headers.get(POSITION)):
            self.own.remember(positions)

    def _pause_s(self, call: Call[A], reply: Reply, failures: int) -> float | None:
        """How long to wait before asking again; None: do not."""
        if not _may_ask_again(call, reply):
            return None
        if isinstance(reply, Failed):
            # A node that is away says nothing about the others: each is asked at once.
            turned = failures % len(self.addresses) != 0
            return 0.0 if turned else self.patience.pause_s(failures // len(self.addresses), 0.0)
        return self.patience.pause_s(failures, _retry_after_s(reply))

    def _leave(self, reply: Reply, asked: Ask) -> None:
        if isinstance(reply, Failed) or reply.status != 429:
            present = self.addresses.present
            if asked.url.startswith(f"{present}/"):
                self.addresses.leave(present)


def _may_ask_again(call: Call[A], reply: Reply) -> bool:
    if isinstance(reply, Failed):
        return call.repeatable or reply.taken is False
    return reply.status in AGAIN and (call.repeatable or problem_of(reply).code in UNTAKEN_CODES)


def _retry_after_s(answered: Answered) -> float:
    """In seconds, as Mendline says it; a proxy's date is not waited for."""
    text = answered.headers.get(RETRY_AFTER, "")
    return min(float(text), LONGEST_RETRY_AFTER_S) if text.isdigit() else 0.0


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _error_of(reply: Reply, asked: Ask) -> MendlineError:
    if isinstance(reply, Answered):
        return problem_of(reply)
    where = f"{asked.method} {asked.url}: {reply.why}"
    if reply.taken is False:
        return UnreachableError(f"{where}: is the node up, and MENDLINE_URL right?", False)
    return UnreachableError(f"{where}; whether it was taken is unknown: look before you ask again", None)
