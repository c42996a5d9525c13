"""A driver that this worker is told not to run: what is asked of it comes back, and nothing leaves."""

from __future__ import annotations

import asyncio
from typing import assert_never

from schemas.device.outcomes import NotConnected, Uncertain, Unreachable
from schemas.device.pairing import PairingFailed
from streams.drivers.port import Ask, Close, Connect, Done, Effect, Outcome, Pair, Report, Send, Traits, Unpair


class AbsentDriver:
    """Keeps the port for devices whose driver the settings leave out."""

    def __init__(self, name: str, traits: Traits, why: str = "see MENDLINE_DRIVERS of this worker") -> None:
        self.name = name
        self.traits = traits
        self._reason = f"the driver {name} does not run here: {why}"

    def listen(self, report: Report) -> None:
        """Nothing is ever reported."""

    def start(self, effect: Effect, done: Done) -> None:
        """Begin nothing; say so."""
        asyncio.get_running_loop().call_soon(done, self._outcome(effect))

    def healthy(self, device_id: str, link: int) -> bool:
        """No link is ever up."""
        return False

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Nobody is known."""
        return False

    async def open(self) -> None:
        """Nothing to acquire."""

    async def close(self) -> None:
        """Nothing to release."""

    def _outcome(self, effect: Effect) -> Outcome:
        match effect:
            case Send():
                return NotConnected(reason=self._reason)
            case Ask():
                return Uncertain(reason=self._reason)
            case Connect():
                return Unreachable(reason=self._reason)
            case Pair():
                return PairingFailed(why=self._reason)
            case Close() | Unpair():
                return None
            case _:
                assert_never(effect)
