"""Mistakes with API keys."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from schemas.control.events import KeyCreated, KeyRevoked
from schemas.control.requests import KeyCreationRequested
from schemas.envelope import EventEnvelope
from schemas.fence import Fence, Verdict
from streams.control import decider as keys
from streams.control import keyed as key_keyed
from streams.gateway import keyring
from tests.faults.simulation.planting import Mistakes, Patch


def _made_whatever_stands() -> Patch:
    def decide(key: Any, asked: Any) -> Any:
        request = asked.request
        if isinstance(request, KeyCreationRequested) and key.hash != request.hash:
            return [KeyCreated(name=request.name, hash=request.hash, scopes=request.scopes)]
        return decided(key, asked)

    decided = keys.decide
    return key_keyed, "decide", decide


def _a_revoked_key_is_forgotten() -> Patch:
    def evolve(key: Any, event: Any) -> Any:
        return keys.INITIAL if isinstance(event, KeyRevoked) else evolved(key, event)

    evolved = keys.evolve
    return key_keyed, "evolve", evolve


class _Trusting(Fence):
    """Believes everybody."""

    __slots__ = ()

    def judge(self, offset: int, event: EventEnvelope) -> Verdict:
        """Whatever it is, it counts."""
        super().judge(offset, event)
        return Verdict.COUNTS


def _nodes_believe_everybody() -> Patch:
    return keyring, "Fence", _Trusting


MISTAKES_ABOUT_KEYS: Mistakes = MappingProxyType(
    {
        "a key is made though there is one with that id": _made_whatever_stands,
        "a revoked key comes back": _a_revoked_key_is_forgotten,
        "a node believes an owner whose time is over": _nodes_believe_everybody,
    }
)
"""Each by what it does wrong."""
