"""Made-up people with phones: each device that shows a QR code on `device-signals` is paired at the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from urllib.error import HTTPError

from aiokafka import AIOKafkaConsumer

from mendline.whatsapp.stand_in import StandIn
from schemas.cluster import Cluster
from schemas.device.pairing import DeviceSignal, decode_signal
from streams.log.beside import beside


def number_of(device_id: str) -> str:
    """The number of a device's made-up phone, the same every time: 1555 and nine digits."""
    return f"1555{int.from_bytes(sha256(device_id.encode()).digest()[:8]) % 10**9:09d}"


@asynccontextmanager
async def at_hand(cluster: Cluster, topic: str, stand_in: StandIn) -> AsyncIterator[None]:
    """While the context lasts: scan every QR code that a device shows."""
    async with (
        AIOKafkaConsumer(topic, **cluster.options(), auto_offset_reset="earliest") as shown,
        beside(_answer(shown, stand_in)),
    ):
        yield


async def _answer(shown: AIOKafkaConsumer, stand_in: StandIn) -> None:
    async for record in shown:
        signal = decode_signal(record.value)
        if signal is not None and signal.kind == "qr":
            await _scan(stand_in, signal)


async def _scan(stand_in: StandIn, signal: DeviceSignal) -> None:
    # One that nobody waits with any more is refused.
    with suppress(HTTPError):
        await stand_in.order("scan", signal.text, number=number_of(signal.device_id))
