"""The API keys there are: a pure fold of `control-events`, the same on every node."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError

from schemas.catalogue import UnknownTypeError, event_of
from schemas.control.events import KeyCreated, KeyRevoked
from schemas.control.rights import Caller, Scope
from schemas.control.tokens import hash_of, key_id_of, token_of
from schemas.envelope import EventEnvelope, UndecodableError, decode_event
from schemas.fence import Fence, Verdict
from streams.log.ports import LogRecord

NOBODYS = hash_of("")
"""Compared with where there is no such key, so that an answer tells nobody by its time which ids there are."""


class KnownKey(NamedTuple):
    """A key as the log tells of it; `created_by`, `revoked_by`: who asked for it, where that is known."""

    key_id: str
    name: str
    hash: str
    scopes: Sequence[Scope]
    created_at: datetime
    created_by: str | None
    revoked_at: datetime | None = None
    revoked_by: str | None = None


class Keyring:
    """Folds every partition's records in log order, and says whose a token is."""

    def __init__(self) -> None:
        self._fences: defaultdict[int, Fence] = defaultdict(Fence)
        self._keys: dict[str, KnownKey] = {}

    def fold(self, partition: int, records: Iterable[LogRecord]) -> None:
        """Take in the next records of a partition; what does not count, or nobody can read, changes nothing."""
        fence = self._fences[partition]
        for record in records:
            try:
                envelope = decode_event(record.value)
            except UndecodableError:
                fence.pass_over(record.offset)
                continue
            if fence.judge(record.offset, envelope) is Verdict.COUNTS:
                self._take(envelope)

    def caller(self, token: str) -> Caller | None:
        """Who shows this token; None: nobody whom it lets in. Costs one hash at most, whatever a stranger sends."""
        shown = token_of(token)
        if shown is None:
            return None
        key = self._keys.get(shown.key_id)
        right = hmac.compare_digest(hash_of(shown.secret), NOBODYS if key is None else key.hash)
        if key is None or not right or key.revoked_at is not None:
            return None
        return Caller(key.key_id, key.name, frozenset(key.scopes))

    def keys(self) -> Sequence[KnownKey]:
        """Every key that was ever made, revoked ones too, the oldest first."""
        return sorted(self._keys.values(), key=lambda key: (key.created_at, key.key_id))

    def _take(self, envelope: EventEnvelope) -> None:
        key_id = key_id_of(envelope.subject)
        try:
            at, event = datetime.fromisoformat(envelope.time), event_of(envelope.type, envelope.data)
        except (UnknownTypeError, ValidationError, ValueError):
            return  # a newer writer's: a key that this program cannot read lets nobody in here
        match event:
            case KeyCreated() if key_id is not None:
                named = (key_id, event.name, event.hash, event.scopes)
                self._keys[key_id] = KnownKey(*named, created_at=at, created_by=envelope.context.actor)
            case KeyRevoked() if key_id in self._keys:
                known = self._keys[key_id]
                self._keys[key_id] = known._replace(revoked_at=at, revoked_by=envelope.context.actor)
