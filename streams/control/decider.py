"""The decider of an API key: `decide`, `evolve`, `INITIAL`. Pure."""

from __future__ import annotations

from typing import assert_never

from schemas.control import ControlEvent, ControlRequest
from schemas.control.events import KeyCreated, KeyRevoked
from schemas.control.requests import KeyCreationRequested, KeyRevocationRequested
from schemas.control.tokens import KEY, USE_KEY_ID, key_id_of
from schemas.message import RequestAlreadyDone, RequestRefused
from streams.control.state import Key
from streams.ownership.asked import Asked

INITIAL = Key()
NO_KEY = f"subject: {{!r}} names no API key: that is {KEY}ID; for the ID {USE_KEY_ID}"
OTHER_SECRET = "there is another key with that id: leave the id out, and a new one is drawn"
OTHER_RIGHTS = "this key has another name or other rights, which never change: make another key, then revoke this one"
OVER = "this key was revoked, and never comes back: make another"
UNKNOWN = "no key has that id: `mendline key list` shows them"


def decide(key: Key, asked: Asked[ControlRequest]) -> list[ControlEvent]:
    """The fate of a request."""
    if key_id_of(asked.key) is None:
        return [asked.refused("invalid", NO_KEY.format(asked.key))]
    request = asked.request
    match request:
        case KeyCreationRequested():
            return [_decide_creation(key, asked, request)]
        case KeyRevocationRequested():
            return [_decide_revocation(key, asked)]
        case _:
            assert_never(request)


def _decide_creation(key: Key, asked: Asked[ControlRequest], request: KeyCreationRequested) -> ControlEvent:
    wanted = Key("live", request.name, request.hash, frozenset(request.scopes))
    match key.status:
        case "unknown":
            return KeyCreated(name=request.name, hash=request.hash, scopes=request.scopes)
        case "live" if key == wanted:
            return asked.already_done("exists")
        case "live":
            return asked.refused("key_exists", OTHER_RIGHTS if key.hash == wanted.hash else OTHER_SECRET)
        case "revoked":
            return asked.refused("key_revoked", OVER)
        case _:
            assert_never(key.status)


def _decide_revocation(key: Key, asked: Asked[ControlRequest]) -> ControlEvent:
    match key.status:
        case "unknown":
            return asked.refused("unknown_key", UNKNOWN)
        case "live":
            return KeyRevoked()
        case "revoked":
            return asked.already_done("revoked")
        case _:
            assert_never(key.status)


def evolve(key: Key, event: ControlEvent) -> Key:
    """How the key stands after `event`."""
    match event:
        case KeyCreated():
            return Key("live", event.name, event.hash, frozenset(event.scopes))
        case KeyRevoked():
            return key._replace(status="revoked")
        case RequestRefused() | RequestAlreadyDone():
            return key
        case _:
            assert_never(event)
